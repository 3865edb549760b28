// Suppression files of any bytes, and their patterns against a text.
#include "fuzz.h"
#include "rf_pattern.h"
#include "rf_suppress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static struct rf_suppressions s;
  static const char *const texts[] = {"", "a", "next", "src/queue.c", "std::vector<int>::push_back(int&&)",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  char *text = fuzz_text(data, n);
  s.count = 0;
  const uint32_t wrong = rf_suppressions_parse(&s, text, n);
  uint32_t lines = 1;
  for (size_t i = 0; i < n; i++)
    lines += data[i] == '\n';
  FUZZ_CHECK(wrong <= lines && s.count <= RF_SUPPRESSIONS_MAX);
  for (uint32_t i = 0; i < s.count; i++) {
    FUZZ_CHECK(*rf_suppress_name(s.row[i].kind));
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
      rf_pattern_match(s.row[i].pattern, texts[k]);
    FUZZ_CHECK(rf_pattern_match("*", s.row[i].pattern));
  }
  free(text);
  return 0;
}
