// Reports with names, sources and numbers of any bytes: complete text and JSON, no control characters that the program
// could smuggle in, nothing beyond the buffer.
#include "fuzz.h"
#include "rf_finding.h"
#include "rf_json.h"
#include "rf_mend.h"

static const uint8_t *at, *end;

static uint64_t number(void) {
  uint64_t v = 0;
  for (int i = 0; i < 8 && at < end; i++)
    v = v << 8 | *at++;
  return v;
}
static unsigned below(unsigned n) { return at < end ? *at++ % n : 0; }

// The next string; each is freed when the input is done.
static const char *string(void) {
  const size_t n = below(64), left = (size_t)(end - at), take = n < left ? n : left;
  const char *s = fuzz_keep(fuzz_text(at, take));
  at += take;
  return s;
}

static struct rf_model_frame frame(void) {
  return (struct rf_model_frame){string(), string(), (uint32_t)number(), below(200)};
}

static void stack(struct rf_model_stack *s) {
  s->count = below(6);
  s->more = below(3);
  for (uint32_t i = 0; i < s->count; i++)
    s->frame[i] = frame();
}

static struct rf_model_who who(void) { return (struct rf_model_who){(uint32_t)number(), below(3), string()}; }

static void side(struct rf_model_side *s) {
  const uint64_t flags = number();
  *s = (struct rf_model_side){.write = flags & 1, .atomic = flags & 2, .release_of_memory = flags & 4,
                              .locks_known = flags & 8, .has_old = flags & 16, .has_new = flags & 32,
                              .size = 1u << below(4), .expr = string(), .type = string(), .library = string(),
                              .who = who(), .lock_count = below(RF_MODEL_LOCKS + 1), .sync_what = string(),
                              .sync_at = frame(), .old_value = number(), .new_value = number()};
  for (uint32_t i = 0; i < s->lock_count; i++)
    s->lock[i] = (struct rf_model_lock){number(), "mutex", string(), below(2), frame()};
  stack(&s->stack);
}

static bool source_line(const char *file, uint32_t line, char *out, size_t cap) {
  const size_t n = below(200);
  for (size_t i = 0; i < n && i + 1 < cap; i++)
    out[i] = at < end && *at ? (char)*at++ : 'x';
  out[n < cap ? n : cap - 1] = 0;
  return file[0] != 'n' && line % 3;
}

static void check_text(const struct rf_text *t) {
  FUZZ_CHECK(t->len < t->cap && t->at[t->len] == 0);
  for (size_t i = 0; i < t->len; i++)
    FUZZ_CHECK((unsigned char)t->at[i] >= ' ' || t->at[i] == '\n' || t->at[i] == '\t');
  FUZZ_CHECK(t->len + 1 == t->cap || strstr(t->at, "SUMMARY: Redflag: "));
}

// One line whose brackets match outside of strings, which are closed, and hold UTF-8 without controls.
static void check_json(const struct rf_text *t) {
  char open[64];
  unsigned depth = 0;
  bool quoted = false;
  FUZZ_CHECK(t->len && t->len + 1 < t->cap && t->at[t->len - 1] == '\n');
  for (size_t i = 0; i + 1 < t->len; i++) {
    const unsigned char c = (unsigned char)t->at[i];
    FUZZ_CHECK(c >= ' ' && c != 0x7f && c != 0xc0 && c != 0xc1 && c < 0xf5);
    if (c >= 0xc0) // a sequence goes on with as many bytes as its first says
      for (unsigned k = 1; k <= (c >= 0xf0 ? 3u : c >= 0xe0 ? 2u : 1u); k++)
        FUZZ_CHECK(((unsigned char)t->at[i + k] & 0xc0) == 0x80);
    if (c >= 0x80 && c < 0xc0)
      FUZZ_CHECK((unsigned char)t->at[i - 1] >= 0x80);
    if (c == '"')
      quoted = !quoted;
    else if (quoted && c == '\\') {
      i++;
      FUZZ_CHECK(strchr("\"\\bfnrtu", t->at[i]));
    } else if (!quoted && (c == '{' || c == '[')) {
      FUZZ_CHECK(depth < sizeof open);
      open[depth++] = c == '{' ? '}' : ']';
    } else if (!quoted && (c == '}' || c == ']'))
      FUZZ_CHECK(depth && open[--depth] == (char)c);
  }
  FUZZ_CHECK(!depth && !quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static struct rf_model m;
  static struct rf_finding raw;
  static struct rf_finding_model f;
  at = data, end = data + n;
  const size_t cap = below(2) ? 64 << 10 : 256 + 4 * below(255);
  char *buffer = malloc(cap);
  const struct rf_render_env env = {1, false, source_line};
  struct rf_text text = {buffer, 0, cap};
  m.object = below(4) ? "" : "channel";
  m.kind = "data race", m.id = (uint32_t)number();
  side(&m.now);
  side(&m.before);
  m.memory = (struct rf_model_memory){.kind = below(6), .addr = number(), .name = string(), .type = string(),
                                      .func = string(), .layout = string(), .file = string(),
                                      .line = (uint32_t)number(), .size = number(), .offset = number(),
                                      .owner = below(9), .where = below(2)};
  stack(&m.memory.stack);
  m.memory.by = who();
  for (int i = 0; i < 2; i++) {
    m.birth[i].known = below(2);
    m.birth[i].child = who();
    m.birth[i].parent = who();
    stack(&m.birth[i].stack);
  }
  m.miss = (struct rf_model_miss){below(RF_MISS_NONE + 1), string(), {string(), frame()}, {string(), frame()}};
  m.block = (struct rf_layout_part){"int", below(9)};
  struct rf_text path = {m.path, 0, sizeof m.path}, mend = {m.mend, 0, sizeof m.mend};
  m.path[0] = 0;
  rf_layout_path(m.memory.layout, m.memory.offset, &path, &m.part);
  rf_mend(&mend, &m);
  rf_render_text(&text, &m, &env);
  check_text(&text);

  struct rf_text line = {malloc(RF_JSON_LINE_BYTES), 0, RF_JSON_LINE_BYTES};
  const struct rf_json_env json_env = {1, number(), text.at};
  rf_json_race(&line, &m, &json_env);
  check_json(&line);

  text = (struct rf_text){buffer, 0, cap};
  raw = (struct rf_finding){.kind = "deadlock", .mend = "mend it.", .suppress = "deadlock", .count = 1 + below(4)};
  f.raw = &raw;
  for (uint32_t i = 0; i < raw.count; i++) {
    raw.step[i] = (struct rf_finding_step){.what = "Waiting for", .object_kind = below(2) ? "mutex" : NULL,
                                           .object = number(), .second_what = below(2) ? " while holding" : NULL,
                                           .second_kind = below(2) ? "mutex" : NULL, .second = number()};
    f.step[i].raw = &raw.step[i];
    f.step[i].name = string(), f.step[i].second_name = string();
    f.step[i].has_who = below(2);
    f.step[i].who = who();
    stack(&f.step[i].stack);
  }
  rf_finding_render(&text, &f, &env);
  check_text(&text);
  line.len = 0;
  rf_json_finding(&line, &f, &json_env);
  check_json(&line);
  free(line.at);
  free(buffer);
  fuzz_free_all();
  return 0;
}
