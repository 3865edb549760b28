#include <thread>
#include <vector>

void use(int);

void lambdas() {
  std::vector<std::thread> all;
  std::thread one[4];
  for (int i = 0; i < 4; i++)
    one[i] = std::thread([&] { use(i); }); // Warn
  for (int i = 0; i < 4; i++)
    one[i] = std::thread([i] { use(i); }); // OK: its value
  for (std::thread &t : one)
    t.join();
}
