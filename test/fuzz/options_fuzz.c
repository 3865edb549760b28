// REDFLAG_OPTIONS of any bytes: taken, or refused with one line of text.
#include "fuzz.h"
#include "rf_options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char *text = fuzz_text(data, n), error[128];
  memset(error, 'x', sizeof error);
  if (rf_options_parse(text, error, sizeof error)) {
    const char *end = memchr(error, 0, sizeof error);
    FUZZ_CHECK(end && end > error);
    for (const char *p = error; p < end; p++)
      FUZZ_CHECK((unsigned char)*p >= ' ' || (p == end - 1 && *p == '\n'));
  }
  free(text);
  fuzz_free_all();
  return 0;
}
