#include "rf_layout.h"

enum { BEGIN_RECORD = 1, BEGIN_ARRAY = 2, END = 3, CALLERS = 4 };

struct part {
  uint64_t offset, size;
  const char *name, *type, *layout;
  size_t name_len, type_len;
};

static const char *number(const char *s, uint64_t *value) {
  for (*value = 0; *s >= '0' && *s <= '9'; s++)
    *value = *value * 10 + (uint64_t)(*s - '0');
  return *s == '\t' ? s + 1 : s;
}

static const char *word(const char *s, const char **start, size_t *len) {
  for (*start = s; *s && *s != '\t'; s++)
    ;
  *len = (size_t)(s - *start);
  return *s ? s + 1 : s;
}

// Past one layout.
static const char *skip(const char *s) {
  unsigned depth = 0;
  if (*s != BEGIN_RECORD && *s != BEGIN_ARRAY)
    return s;
  do {
    if (*s == BEGIN_RECORD || *s == BEGIN_ARRAY)
      depth++;
    else if (*s == END)
      depth--;
    s++;
  } while (*s && depth);
  return s;
}

static const char *read_part(const char *s, struct part *p) {
  s = number(s, &p->offset);
  s = number(s, &p->size);
  s = word(s, &p->name, &p->name_len);
  s = word(s, &p->type, &p->type_len);
  p->layout = s;
  return skip(s);
}

// How many parts of the record hold the byte; found is the last of them.
static unsigned parts_at(const char *s, uint64_t offset, struct part *found) {
  unsigned n = 0;
  for (s++; *s >= '0' && *s <= '9';) {
    struct part p;
    s = read_part(s, &p);
    if (offset < p.offset || offset - p.offset >= p.size)
      continue;
    *found = p;
    n++;
  }
  return n;
}

static void set_part(struct rf_layout_part *part, const char *type, size_t len, uint64_t size) {
  part->size = size;
  if (len >= sizeof part->type)
    len = 0;
  for (size_t i = 0; i < len; i++)
    part->type[i] = type[i];
  part->type[len] = 0;
}

void rf_layout_path(const char *layout, uint64_t offset, struct rf_text *path, struct rf_layout_part *part) {
  *part = (struct rf_layout_part){"", 0};
  for (;;) {
    struct part p = {.size = 0};
    if (*layout == BEGIN_RECORD) {
      if (parts_at(layout, offset, &p) != 1)
        return;
      if (p.name_len) {
        rf_text_add(path, ".");
        rf_text_add_n(path, p.name, p.name_len);
      }
      offset -= p.offset;
    } else if (*layout == BEGIN_ARRAY) {
      p.layout = word(number(layout + 1, &p.size), &p.type, &p.type_len);
      if (!p.size)
        return;
      rf_text_add(path, "[");
      rf_text_add_u(path, offset / p.size);
      rf_text_add(path, "]");
      offset %= p.size;
    } else {
      return;
    }
    set_part(part, p.type, p.type_len, p.size);
    layout = p.layout;
  }
}

bool rf_layout_is_array(const char *layout) { return *layout == BEGIN_ARRAY; }

bool rf_layout_is_callers(const char *layout) { return *layout == CALLERS; }

bool rf_layout_block(const char *layout, struct rf_layout_part *one) {
  struct part p = {.size = 0};
  one->size = 0;
  if (*layout == BEGIN_RECORD)
    read_part(layout + 1, &p);
  else if (*layout == BEGIN_ARRAY)
    word(number(layout + 1, &p.size), &p.type, &p.type_len);
  if (p.size)
    set_part(one, p.type, p.type_len, p.size);
  return p.size && *one->type;
}
