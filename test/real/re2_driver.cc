// Threads search with regular expressions that they share, whose automata are built on demand by whoever comes
// first and thrown away when they grow too large. Usage: re2_driver THREADS ROUNDS; prints what was found.
#include <re2/re2.h>
#include <re2/set.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static std::string Text(unsigned seed) {
  std::string text;
  for (int i = 0; i < 400; i++) {
    for (int n = 1 + rand_r(&seed) % 8; n > 0; n--)
      text += static_cast<char>("abcdefgh01-"[rand_r(&seed) % 11]);
    text += i % 9 ? ' ' : '\n';
  }
  return text;
}

struct Shared {
  std::vector<std::unique_ptr<RE2>> patterns;
  std::unique_ptr<RE2::Set> set;
};

static void Fill(Shared* s) {
  RE2::Options few;
  few.set_max_mem(1 << 16);
  for (const char* p : {"(?P<word>[a-h]+)-(?P<number>[01]+)", "^[^a]*a.{7}b", "(?:[ab]{2,4}c|d[ef]*g)+", "h$"})
    s->patterns.emplace_back(new RE2(p));
  for (const char* p : {"[a-d]*a[a-d]{9}", "(a|b)*c.{8}(d|e)", "0[01]*1.{6}[a-c]", "(?i)A.*B.*C.*D"})
    s->patterns.emplace_back(new RE2(p, few));
  s->set.reset(new RE2::Set(RE2::DefaultOptions, RE2::UNANCHORED));
  std::string error;
  for (const char* p : {"abc", "[01]{3}-", "g+h", "(de|ed)+", "f.f.f"})
    s->set->Add(p, &error);
  s->set->Compile();
}

static void Search(const Shared& s, int me, int rounds, std::vector<long>* found) {
  for (int r = 0; r < rounds; r++) {
    const std::string text = Text(static_cast<unsigned>(me * rounds + r));
    for (size_t i = 0; i < s.patterns.size(); i++) {
      re2::StringPiece rest(text), match;
      while (s.patterns[i]->Match(rest, 0, rest.size(), RE2::UNANCHORED, &match, 1) && !match.empty()) {
        (*found)[i] += static_cast<long>(match.size());
        rest.remove_prefix(static_cast<size_t>(match.data() - rest.data()) + match.size());
      }
      (*found)[i] += static_cast<long>(s.patterns[i]->NamedCapturingGroups().size());
    }
    std::vector<int> hits;
    if (s.set->Match(text, &hits))
      found->back() += static_cast<long>(hits.size());
  }
}

int main(int argc, char** argv) {
  if (argc < 3)
    return 2;
  const int threads = std::atoi(argv[1]), rounds = std::atoi(argv[2]);
  Shared s;
  Fill(&s);
  std::vector<std::vector<long>> found(threads, std::vector<long>(s.patterns.size() + 1));
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; i++)
    workers.emplace_back(Search, std::cref(s), i, rounds, &found[i]);
  for (auto& w : workers)
    w.join();
  for (int i = 0; i < threads; i++)
    for (size_t k = 0; k < found[i].size(); k++)
      std::printf("thread %d, pattern %zu: %ld\n", i, k, found[i][k]);
}
