// Templates, virtual calls, exceptions, containers: many functions, in groups of their own.
#include <atomic>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace shapes {
struct Base {
  virtual ~Base() {}
  virtual int area() const { return side; }
  int side = 1;
};
struct Wide : Base {
  int area() const override { return side * width; }
  int width = 2;
};
template <class T> T twice(const T *p) { return *p + *p; }
} // namespace shapes

std::atomic<int> counter;

static int measure(const std::vector<std::unique_ptr<shapes::Base>> &all) {
  int sum = 0;
  for (auto &one : all)
    sum += one->area();
  return sum;
}

int main(int argc, char **argv) {
  std::map<std::string, int> words;
  std::vector<std::unique_ptr<shapes::Base>> all;
  for (int i = 0; i < argc; i++) {
    words[argv[i]]++;
    all.emplace_back(new shapes::Wide);
  }
  try {
    words.at("none")++;
  } catch (const std::out_of_range &) {
    counter++;
  }
  double d = 1.5;
  return measure(all) + shapes::twice(&argc) + (int)shapes::twice(&d) == 0;
}
