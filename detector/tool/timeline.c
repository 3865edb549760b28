#include "timeline.h"

#include "describe.h"

#include <string.h>

#define WIDTH 720
#define LABEL_MAX 46 // characters that fit beside a thread's line
// Down the page: starts, what the nearest miss has before an access, last synchronisations, the earlier access, what the
// miss has after it, the later access.
enum { START_Y = 48, BEFORE_Y = 100, SYNC_Y = 152, EARLIER_Y = 204, AFTER_Y = 256, LATER_Y = 302, END_Y = 352 };

// Cut to what fits, at a character's begin; the whole stands in the tooltip.
static void put_label(FILE *out, int x, int y, const char *class, const char *words) {
  struct buffer cut = {0}, b = {0}, whole = {0};
  size_t n = strlen(words), chars = 0, at = 0;
  while (at < n && chars < LABEL_MAX) {
    at++;
    chars += (words[at] & 0xc0) != 0x80;
  }
  while (at < n && (words[at] & 0xc0) == 0x80)
    at++;
  buffer_add_n(&cut, words, at);
  if (at < n)
    buffer_add(&cut, "…");
  buffer_add_html(&b, buffer_text(&cut));
  buffer_add_html(&whole, words);
  fprintf(out, "<text x=\"%d\" y=\"%d\"%s%s%s>%s<title>%s</title></text>\n", x, y, *class ? " class=\"" : "",
          class, *class ? "\"" : "", buffer_text(&b), buffer_text(&whole));
  buffer_free(&cut);
  buffer_free(&b);
  buffer_free(&whole);
}

static void put_event(FILE *out, int x, int y, bool hit, const char *words, const json_t *frame) {
  struct buffer place = {0};
  fprintf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"6\" class=\"%s\"/>\n", x, y, hit ? "hit" : "dot");
  put_label(out, x + 14, y, "", words);
  describe_place(&place, frame);
  put_label(out, x + 14, y + 16, "dim", buffer_text(&place));
  buffer_free(&place);
}

static const json_t *birth_of(const json_t *report, const json_t *who) {
  const json_t *births = field_list(report, "births");
  for (size_t i = 0; i < json_array_size(births); i++)
    if (field_number(field_object(json_array_get(births, i), "thread"), "number") ==
        field_number(who, "number"))
      return json_array_get(births, i);
  return NULL;
}

static void put_thread(FILE *out, const json_t *report, size_t n, int x, int access_y) {
  const json_t *access = report_part(report, n), *who = field_object(access, "thread");
  const json_t *birth = birth_of(report, who), *sync = report_last_sync(report, n);
  struct buffer words = {0};
  bool before = true;
  describe_thread(&words, who);
  fprintf(out, "<line x1=\"%d\" y1=\"30\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n", x, x, END_Y - 10);
  put_label(out, x, 18, "", buffer_text(&words));
  words.len = 0;
  if (birth) {
    buffer_add(&words, "started by ");
    describe_thread(&words, field_object(birth, "parent"));
    put_event(out, x, START_Y, false, buffer_text(&words), stack_place(field_list(birth, "stack")));
    words.len = 0;
  }
  const json_t *miss = describe_miss(&words, report, n, &before);
  if (miss)
    put_event(out, x, before ? BEFORE_Y : AFTER_Y, false, buffer_text(&words), field_object(miss, "at"));
  words.len = 0;
  if (sync) {
    buffer_printf(&words, "last synchronisation: %s", field_text(sync, "what"));
    put_event(out, x, SYNC_Y, false, buffer_text(&words), field_object(sync, "at"));
    words.len = 0;
  }
  describe_part(&words, report, n);
  put_event(out, x, access_y, true, buffer_text(&words), part_place(report, n));
  buffer_free(&words);
}

void timeline_write(FILE *out, const json_t *report) {
  const int left = 20, right = WIDTH / 2 + 20;
  fprintf(out,
          "<div class=\"scroll\" tabindex=\"0\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Both "
          "threads over time, downwards. "
          "The earlier access is on the left, the later on the right; no synchronisation leads from one to the "
          "other.\">\n",
          WIDTH, END_Y);
  put_thread(out, report, 1, left, EARLIER_Y);
  put_thread(out, report, 0, right, LATER_Y);
  fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"gap\"/>\n", left + 8, EARLIER_Y + 24,
          right - 8, LATER_Y);
  put_label(out, left + 14, LATER_Y + 12, "red", "nothing orders the two: the missing edge");
  fprintf(out, "</svg></div>\n");
}
