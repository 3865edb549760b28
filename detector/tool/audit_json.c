// An audit for programs: JSON of our own, and SARIF. Both are written function by function, since a library has
// more of them than anybody wants in memory.
#include "audit_plain.h"
#include "audit_words.h"

#include <jansson.h>
#include <string.h>

static const char *separator; // before the next element of the list that is open

static void element(FILE *f, json_t *o) {
  fputs(separator, f);
  json_dumpf(o, f, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
  json_decref(o);
  separator = ",\n";
}

// Names in files are bytes; those that are no UTF-8 are made so.
static json_t *text(const char *s) {
  struct buffer b = {0};
  json_t *o = json_string(s);
  if (!o) {
    buffer_add_plain(&b, s, false);
    o = json_string(buffer_text(&b));
    buffer_free(&b);
  }
  return o ? o : json_string("");
}

static json_t *text_of(struct buffer *b) {
  json_t *o = text(buffer_text(b));
  buffer_free(b);
  return o;
}

static json_t *hex(uint64_t v) {
  struct buffer b = {0};
  buffer_printf(&b, "0x%llx", (unsigned long long)v);
  return text_of(&b);
}

static json_t *percent(uint64_t part, uint64_t whole) {
  return json_real((double)(int64_t)(words_percent(part, whole) * 100) / 100);
}

// ---- JSON ----

static json_t *site_object(const struct audit_module *m, uint64_t address) {
  struct site s;
  if (!site_read(&m->image, address, &s))
    return json_null();
  return json_pack("{s:s,s:o,s:o,s:i,s:i,s:i,s:o}", "kind", site_kind_name(s.kind), "function",
                   text(s.function), "file", text(s.file), "line", (int)s.line, "column", (int)s.column,
                   "bytes", (int)s.size, "expression", text(s.text));
}

static json_t *sync_object(const struct audit_module *m, const struct audit_sync *s) {
  return json_pack("{s:o,s:s,s:s}", "address", hex(words_address(m, s->address)), "kind", sync_name(s),
                   "instruction", s->text);
}

static json_t *function_object(const struct audit_module *m, const struct audit_function *f) {
  struct buffer name = {0};
  words_function(&name, m, f);
  json_t *o = json_pack("{s:o,s:o,s:I,s:s,s:i,s:i,s:i,s:i}", "name", text_of(&name), "address",
                        hex(words_address(m, f->address)), "bytes", (json_int_t)f->size, "verdict",
                        verdict_name(f->verdict), "instructions", (int)f->instructions, "loads", (int)f->loads,
                        "stores", (int)f->stores, "checks", (int)f->checks);
  if (f->name)
    json_object_set_new(o, "symbol", text(f->name));
  const struct region *r = image_region(&m->image, f->address);
  if (r)
    json_object_set_new(o, "section", text(r->name));
  if (f->between)
    json_object_set_new(o, "of_no_function", json_true());
  if (f->sites) {
    json_t *sites = json_array();
    for (uint32_t n = 0; n < f->sites; n++)
      json_array_append_new(sites, site_object(m, m->sites[f->first_site + n]));
    json_object_set_new(o, "sites", sites);
  }
  if (f->syncs) {
    json_t *syncs = json_array();
    for (uint32_t n = 0; n < f->syncs; n++)
      json_array_append_new(syncs, sync_object(m, &m->syncs[f->first_sync + n]));
    json_object_set_new(o, "sync", syncs);
    json_object_set_new(o, "origin", text(words_origin(m, f)));
  }
  return o;
}

static void json_begin(struct audit_out *o) {
  fputs("{\"redflag\":{\"version\":\"" RF_VERSION "\",\"audit\":1},\n\"modules\":[", o->file);
  separator = "\n";
}

static void json_module(struct audit_out *o, const struct audit_module *m) {
  json_t *counts = json_object();
  for (unsigned v = 0; v < VERDICTS; v++)
    json_object_set_new(counts, verdict_name(v), json_integer(m->count[v]));
  json_t *head = json_pack("{s:o,s:s,s:s,s:i,s:o,s:I,s:I,s:o}", "path", text(m->path), "architecture",
                           words_arch(m), "kind", words_kind(m), "units", (int)m->units, "functions", counts,
                           "code_bytes", (json_int_t)m->code_bytes, "undecoded_bytes", (json_int_t)m->undecoded,
                           "coverage_percent", percent(audit_good(m), audit_judged(m)));
  if (m->member)
    json_object_set_new(head, "member", text(m->member));
  json_object_set_new(head, "known_by_name", json_boolean(m->modelled));
  char *line = json_dumps(head, JSON_COMPACT | JSON_PRESERVE_ORDER);
  json_decref(head);
  // The list goes into the object, before its last brace.
  fprintf(o->file, "%s%.*s,\"list\":[", separator, line ? (int)strlen(line) - 1 : 1, line ? line : "{");
  free(line);
  separator = "\n";
  for (uint32_t n = 0; n < m->function_count; n++)
    if (words_wants(o->show == SHOW_SUMMARY ? SHOW_ALL : o->show, &m->functions[n]))
      element(o->file, function_object(m, &m->functions[n]));
  fputs("]}", o->file);
  separator = ",\n";
}

static void json_end(struct audit_out *o) {
  const struct totals *t = &o->totals;
  fputs("],\n\"plain\":[", o->file);
  separator = "\n";
  for (size_t n = 0; n < o->plain->count; n++) {
    struct buffer why = {0};
    plain_reason(&why, &o->plain->rows[n]);
    element(o->file, json_pack("{s:o,s:s,s:o}", "name", text(o->plain->rows[n].name), "weight",
                               plain_weight_name(o->plain->rows[n].weight), "reason", text_of(&why)));
  }
  fprintf(o->file, "],\n\"judged\":%llu,\"checked\":%llu,\"coverage_percent\":%.2f}\n",
          (unsigned long long)t->judged, (unsigned long long)t->good, words_percent(t->good, t->judged));
}

// ---- SARIF ----

#define SARIF_URI "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static void sarif_begin(struct audit_out *o) {
  fputs("{\"$schema\":\"" SARIF_URI
        "\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"Redflag\","
        "\"version\":\"" RF_VERSION "\",\"rules\":[\n"
        "{\"id\":\"unchecked-code\",\"shortDescription\":{\"text\":\"code that touches memory without "
        "checks\"}},\n"
        "{\"id\":\"synchronisation-by-hand\",\"shortDescription\":{\"text\":\"synchronisation that the "
        "detector does "
        "not see\"}}]}},\n\"results\":[",
        o->file);
  separator = "\n";
}

static json_t *sarif_location(const struct audit_module *m, const struct audit_function *f, uint64_t address) {
  struct buffer uri = {0}, name = {0};
  struct site place;
  json_t *physical;
  words_function(&name, m, f);
  if (words_place(m, f, &place)) {
    buffer_add_uri(&uri, place.file);
    physical = json_pack("{s:{s:o},s:{s:i}}", "artifactLocation", "uri", text_of(&uri), "region", "startLine",
                         (int)place.line);
  } else {
    buffer_add_uri(&uri, m->path);
    physical = json_pack("{s:{s:o}}", "artifactLocation", "uri", text_of(&uri));
    if (address <= INT64_MAX)
      json_object_set_new(physical, "address", json_pack("{s:I}", "absoluteAddress", (json_int_t)address));
  }
  return json_pack("{s:o,s:[{s:o,s:s}]}", "physicalLocation", physical, "logicalLocations",
                   "fullyQualifiedName", text_of(&name), "kind", "function");
}

static void sarif_result(FILE *out, const struct audit_module *m, const struct audit_function *f, bool sync) {
  struct buffer b = {0};
  words_function(&b, m, f);
  if (sync) {
    const struct audit_sync *s = &m->syncs[f->first_sync];
    buffer_printf(&b, " synchronises by hand: %s (%s)", *s->text ? s->text : sync_name(s), words_origin(m, f));
  } else
    buffer_printf(&b, " touches memory without checks: %u loads, %u stores", f->loads, f->stores);
  buffer_add(&b, " in ");
  words_module(&b, m);
  element(out, json_pack("{s:s,s:i,s:s,s:{s:o},s:[o]}", "ruleId",
                         sync ? "synchronisation-by-hand" : "unchecked-code", "ruleIndex", sync, "level",
                         sync ? "warning" : "note", "message", "text", text_of(&b), "locations",
                         sarif_location(m, f, sync ? m->syncs[f->first_sync].address : f->address)));
}

static void sarif_module(struct audit_out *o, const struct audit_module *m) {
  for (uint32_t n = 0; n < m->function_count; n++) {
    const struct audit_function *f = &m->functions[n];
    if (o->show != SHOW_SYNC && (f->verdict == VERDICT_UNCHECKED || f->verdict == VERDICT_UNKNOWN))
      sarif_result(o->file, m, f, false);
    if (o->show != SHOW_UNCHECKED && f->syncs && !words_known(m, f))
      sarif_result(o->file, m, f, true);
  }
}

static void sarif_end(struct audit_out *o) { fputs("]}]}\n", o->file); }

const struct audit_format audit_json = {"json", json_begin, json_module, json_end};
const struct audit_format audit_sarif = {"sarif", sarif_begin, sarif_module, sarif_end};
