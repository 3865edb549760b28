// What becomes of a race: seen before? suppressed? rendered and written, counted for the exit status.
#include "rf_benign.h"
#include "rf_ceiling.h"
#include "rf_describe.h"
#include "rf_finding.h"
#include "rf_json.h"
#include "rf_lock.h"
#include "rf_mem.h"
#include "rf_options.h"
#include "rf_record.h"
#include "rf_render.h"
#include "rf_report_file.h"
#include "rf_pattern.h"
#include "rf_suppress.h"
#include "rf_symbolize.h"
#include "rf_sys.h"
#include "rf_trace.h"
#include "rf_touched.h"
#include "rf_tsan_hooks.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#define KEYS 4096u // a power of two
#define TEXT_BYTES ((size_t)64 << 10)
#define STACK_BYTES ((size_t)256 << 10)

static struct rf_lock lock; // guards everything below
static struct rf_self *owner; // who renders; a race that rendering itself runs into is none
static uint64_t keys[KEYS];
static uint32_t key_count;
static uint64_t races, findings, further, not_shown;
static struct rf_suppressions suppressions;
static struct rf_model model;
static struct rf_finding_model finding_model;
static char *text_buffer, *line_buffer, *stack;
static int log_fd = 2;
static bool as_json; // what goes to the log
static bool log_begun; // the line of the process is there
static bool finished;

// ---- Where reports go ----

static bool is_terminal(int fd) {
  char termios[64];
  return rf_sys(SYS_ioctl, fd, TCGETS, (long)termios, 0, 0, 0) == 0;
}

static void log_name(struct rf_text *t) {
  rf_text_add(t, rf_options.log_path);
  rf_text_add(t, ".");
  rf_text_add_u(t, (uint64_t)rf_sys_getpid());
}

// Opened at start-up, so that a path that cannot be written is told before the program runs.
static void open_log(void) {
  char name[1024];
  struct rf_text t = {name, 0, sizeof name};
  if (rf_text_same("stderr", rf_options.log_path) || !*rf_options.log_path)
    return;
  if (rf_text_same("stdout", rf_options.log_path)) {
    log_fd = 1;
    return;
  }
  log_name(&t);
  const long fd = rf_sys_open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    rf_refuse("cannot write reports to ", name);
  // Out of the way of programs that count on low numbers.
  const long high = rf_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900, 0, 0, 0);
  log_fd = (int)(high < 0 ? fd : high);
  if (high >= 0)
    rf_sys_close((int)fd);
}

#define PATIENCE_MS 10000

// Where a descriptor does not wait for its reader, we do.
static bool wait_writable(int fd) {
  const struct timespec patience = {PATIENCE_MS / 1000, 0};
  struct pollfd p = {fd, POLLOUT, 0};
  return rf_sys(SYS_ppoll, (long)&p, 1, (long)&patience, 0, 0, 0) > 0 && !(p.revents & (POLLERR | POLLNVAL));
}

// How much of it was written.
static size_t put(int fd, const char *p, size_t n) {
  size_t done = 0;
  while (done < n) {
    const long did = rf_sys_write(fd, p + done, n - done);
    if (did == -EINTR || (did == -EAGAIN && wait_writable(fd)))
      continue;
    if (did <= 0)
      break;
    done += (size_t)did;
  }
  return done;
}

// A reader that is gone and a file that may not grow raise signals, which would end the program in the detector's name.
size_t rf_write_some(int fd, const char *p, size_t n) {
  const uint64_t raised = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);
  const struct timespec now = {0, 0};
  uint64_t before = 0, pending = 0;
  rf_sys(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0, 0, 0);
  rf_sys(SYS_rt_sigprocmask, SIG_BLOCK, (long)&raised, (long)&before, sizeof raised, 0, 0);
  const size_t done = put(fd, p, n);
  const uint64_t ours = raised & ~pending;
  while (ours && rf_sys(SYS_rt_sigtimedwait, (long)&ours, 0, (long)&now, sizeof ours, 0, 0) > 0)
    ;
  rf_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, sizeof before, 0, 0);
  return done;
}

void rf_write(int fd, const char *p, size_t n) {
  const size_t done = rf_write_some(fd, p, n);
  if (done < n && fd != 2) // a full disk, a closed pipe: the report must not be lost
    rf_write_some(2, p + done, n - done);
}

static bool source_line(const char *file, uint32_t line, char *out, size_t cap) {
  char chunk[1024];
  const long fd = *file ? rf_sys_open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0) : -1;
  uint32_t at = 1;
  size_t n = 0;
  bool found = false;
  if (fd < 0)
    return false;
  for (long got; !found && (got = rf_sys_read((int)fd, chunk, sizeof chunk)) > 0;)
    for (long i = 0; i < got && !found; i++) {
      const char c = chunk[i];
      if (c == '\n' && at++ == line)
        found = true;
      else if (at == line && c != '\n' && c != '\r' && n + 1 < cap)
        out[n++] = c;
    }
  rf_sys_close((int)fd);
  out[n] = 0;
  return found || (at == line && n);
}

// ---- Known already? ----

static bool first_time(uint64_t key) {
  key |= !key;
  uint32_t at = (uint32_t)(key ^ key >> 32) & (KEYS - 1);
  while (keys[at] && keys[at] != key)
    at = (at + 1) & (KEYS - 1);
  if (keys[at] || key_count >= KEYS - KEYS / 4)
    return false;
  keys[at] = key;
  key_count++;
  return true;
}

static bool frame_matches(const char *pattern, const struct rf_model_frame *f) {
  return (*f->func && rf_pattern_match(pattern, f->func)) || (*f->file && rf_pattern_match(pattern, f->file));
}

static bool stack_matches(const char *pattern, const struct rf_model_stack *s, uint32_t frames) {
  for (uint32_t i = 0; i < s->count && i < frames; i++)
    if (frame_matches(pattern, &s->frame[i]))
      return true;
  return false;
}

static bool is_suppressed(const struct rf_model *m) {
  for (uint32_t i = 0; i < suppressions.count; i++) {
    struct rf_suppression *s = &suppressions.row[i];
    if (s->kind != RF_SUPPRESS_RACE && s->kind != RF_SUPPRESS_RACE_TOP)
      continue;
    const uint32_t frames = s->kind == RF_SUPPRESS_RACE_TOP ? 1 : UINT32_MAX;
    if (stack_matches(s->pattern, &m->now.stack, frames) || stack_matches(s->pattern, &m->before.stack, frames) ||
        (*m->memory.name && s->kind == RF_SUPPRESS_RACE && rf_pattern_match(s->pattern, m->memory.name))) {
      s->used++;
      return true;
    }
  }
  return false;
}

// ---- One race ----

uint64_t rf_report_count(void) { return races + findings; }

// finding: NULL renders the race.
static void render_text(struct rf_text *text, const struct rf_finding_model *finding, bool color) {
  const struct rf_render_env env = {rf_sys_getpid(), color, source_line};
  text->len = 0;
  if (finding)
    rf_finding_render(text, finding, &env);
  else
    rf_render_text(text, &model, &env);
}

static void render_json(struct rf_text *line, struct rf_text *text, const struct rf_finding_model *finding) {
  render_text(text, finding, false);
  const struct rf_json_env env = {rf_sys_getpid(), rf_report_file_now_ms(), text->at};
  if (finding)
    rf_json_finding(line, finding, &env);
  else
    rf_json_race(line, &model, &env);
}

static bool wants_color(void) {
  return rf_text_same("always", rf_options.color) || (!rf_text_same("never", rf_options.color) && is_terminal(log_fd));
}

// A log may serve many processes: only those that have something to say say who they are.
static void begin_log(void) {
  struct rf_text line = {line_buffer, 0, RF_JSON_LINE_BYTES};
  if (log_begun)
    return;
  log_begun = true;
  rf_report_file_process(&line);
  rf_write(log_fd, line.at, line.len);
}

// max_reports is for people: files have them all.
static void show(const struct rf_finding_model *finding) {
  struct rf_text text = {text_buffer, 0, TEXT_BYTES};
  struct rf_text line = {line_buffer, 0, RF_JSON_LINE_BYTES};
  const bool shown = !rf_options.max_reports || rf_report_count() <= (uint64_t)rf_options.max_reports;
  not_shown += !shown;
  if (shown && as_json)
    begin_log();
  if (rf_report_file_wanted() || (shown && as_json))
    render_json(&line, &text, finding);
  if (rf_report_file_wanted())
    rf_report_file_put(&line);
  if (!shown)
    return;
  if (as_json) {
    rf_write(log_fd, line.at, line.len);
    return;
  }
  render_text(&text, finding, wants_color());
  rf_write(log_fd, text.at, text.len);
}

static void add_values(const struct rf_race *race) {
  struct rf_model_side *now = &model.now;
  now->has_old = now->has_new = false;
  if (race->access_size > 8 || (race->access.site && race->access.site->kind == RF_SITE_LIB) || race->access.lib)
    return;
  now->old_value = 0;
  now->has_old = rf_peek(race->access_addr, &now->old_value, race->access_size);
  now->has_new = race->access.has_value;
  now->new_value = race->access.value;
}

// Names and lines for addresses of code, all at once. Whoever asks for one that is not known leaves it on the
// list of the wanted; so the report is put together once for the list alone.
static void build_model(const struct rf_race *race) {
  rf_model_build(&model, race, rf_describe);
  if (!rf_symbolize_wants())
    return;
  rf_symbolize_wanted();
  rf_model_build(&model, race, rf_describe);
}

static uint64_t key_of(const struct rf_race *race) {
  const uint64_t key = rf_race_key(race);
  if (!rf_symbolize_wants())
    return key;
  build_model(race); // asks for whole stacks at once
  return rf_race_key(race);
}

static void handle_race(const void *arg) {
  const struct rf_race *race = arg;
  if (!first_time(key_of(race))) {
    further++;
    return;
  }
  build_model(race);
  if (is_suppressed(&model))
    return;
  add_values(race);
  races++;
  show(NULL);
  __tsan_on_report(&model);
}

static bool finding_is_suppressed(const struct rf_finding_model *m) {
  for (uint32_t i = 0; i < suppressions.count; i++) {
    struct rf_suppression *s = &suppressions.row[i];
    if (!rf_text_same(m->raw->suppress, rf_suppress_name(s->kind)))
      continue;
    for (uint32_t k = 0; k < m->raw->count; k++)
      if (stack_matches(s->pattern, &m->step[k].stack, UINT32_MAX) ||
          (*m->step[k].name && rf_pattern_match(s->pattern, m->step[k].name))) {
        s->used++;
        return true;
      }
  }
  return false;
}

static void build_finding(const struct rf_finding *f) {
  rf_finding_model_build(&finding_model, f, rf_describe);
  if (!rf_symbolize_wants())
    return;
  rf_symbolize_wanted();
  rf_finding_model_build(&finding_model, f, rf_describe);
}

static uint64_t key_of_finding(const struct rf_finding *f) {
  const uint64_t key = rf_finding_key(f);
  if (!rf_symbolize_wants())
    return key;
  build_finding(f);
  return rf_finding_key(f);
}

static void handle_finding(const void *arg) {
  const struct rf_finding *f = arg;
  if (!first_time(key_of_finding(f))) {
    further++;
    return;
  }
  build_finding(f);
  if (finding_is_suppressed(&finding_model))
    return;
  findings++;
  show(&finding_model);
}

// Rendering needs more stack than the program's thread may have.
static void on_own_stack(void (*handle)(const void *), const void *arg) {
  void *top = stack + STACK_BYTES;
  __asm__ volatile("movq %%rsp, %%rbx\n\t"
                   "movq %[top], %%rsp\n\t"
                   "callq *%[fn]\n\t"
                   "movq %%rbx, %%rsp"
                   : "+D"(arg)
                   : [top] "r"(top), [fn] "r"(handle)
                   : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1",
                     "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                     "xmm13", "xmm14", "xmm15");
}

static void tell(void (*handle)(const void *), const void *arg) {
  if (!rf_options.report_bugs)
    return;
  struct rf_self *self = rf_self_ptr;
  if (owner == self)
    return;
  rf_lock_enter(&lock);
  owner = self;
  if (!finished)
    on_own_stack(handle, arg);
  owner = NULL;
  rf_lock_leave(&lock);
  if (rf_options.halt_on_error && rf_report_count())
    rf_exit_now(rf_options_end_status());
}

void rf_report_race(const struct rf_race *race) {
  rf_trace_note(RF_TRACE_RACE, race->thread->self->number, race->addr & ~(uintptr_t)7,
                rf_cell_mask(race->now) & rf_cell_mask(race->before), 0, 0);
  if (!rf_benign_covers(race->addr, race->common))
    tell(handle_race, race);
}
void rf_report_finding(const struct rf_finding *finding) { tell(handle_finding, finding); }

// ---- Start and end ----

void rf_report_init(void) {
  rf_model_pc_frames = rf_symbolize_frames;
  text_buffer = rf_host->map(TEXT_BYTES);
  line_buffer = rf_host->map(RF_JSON_LINE_BYTES);
  stack = rf_host->map(STACK_BYTES);
  as_json = rf_text_same("json", rf_options.format);
  if (!as_json && !rf_text_same("text", rf_options.format))
    rf_refuse("REDFLAG_OPTIONS: format is text or json (`redflag report` makes the others of json), not ",
              rf_options.format);
  open_log();
  rf_report_file_init();
}

#define SUPPRESSIONS_BYTES ((size_t)1 << 20)

// text must live on.
static void add_suppressions(char *text, size_t n, const char *origin) {
  static char where[1024];
  const uint32_t wrong = rf_suppressions_parse(&suppressions, text, n);
  if (!wrong)
    return;
  struct rf_text t = {where, 0, sizeof where};
  rf_text_add(&t, origin);
  rf_text_add(&t, ":");
  rf_text_add_u(&t, wrong);
  rf_text_add(&t, ": expected kind:pattern, where kind is race, race_top, mutex, thread, signal, deadlock or "
                  "called_from_lib");
  rf_refuse("suppressions file ", where);
}

void rf_suppressions_add(const char *text) {
  struct rf_text t = {rf_host->map(SUPPRESSIONS_BYTES), 0, SUPPRESSIONS_BYTES - 1};
  rf_text_add(&t, text);
  add_suppressions(t.at, t.len, "__tsan_default_suppressions");
}

bool rf_suppressions_load(const char *path) {
  const size_t cap = SUPPRESSIONS_BYTES;
  const long fd = rf_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return false;
  char *text = rf_host->map(cap);
  size_t n = 0;
  for (long got; n < cap - 1 && (got = rf_sys_read((int)fd, text + n, cap - 1 - n)) != 0; n += (size_t)got)
    if (got < 0) { // a directory, say
      rf_sys_close((int)fd);
      return false;
    }
  rf_sys_close((int)fd);
  add_suppressions(text, n, path);
  return true;
}

static void line_begin(struct rf_text *t) {
  rf_text_add(t, "==");
  rf_text_add_u(t, (uint64_t)rf_sys_getpid());
  rf_text_add(t, "== Redflag: ");
}

static void add_count(struct rf_text *t, uint64_t n, const char *one, const char *many) {
  rf_text_add_u(t, n);
  rf_text_add(t, n == 1 ? one : many);
}

static void summarise(struct rf_text *t) {
  if (!rf_report_count())
    return;
  line_begin(t);
  if (races)
    add_count(t, races, " data race", " data races");
  if (races && findings)
    rf_text_add(t, " and ");
  if (findings)
    add_count(t, findings, races ? " other finding" : " finding", races ? " other findings" : " findings");
  rf_text_add(t, " reported");
  if (further)
    rf_text_add(t, ", seen "), add_count(t, further, " time more", " times more");
  if (not_shown)
    rf_text_add(t, ", "), add_count(t, not_shown, " not shown (max_reports)", " not shown (max_reports)");
  rf_text_add(t, "\n");
}

static void add_plain(const char *name, void *arg) {
  struct rf_text *t = arg;
  line_begin(t);
  rf_text_add(t, "not checked (built without redflag-cc): ");
  rf_text_add(t, name);
  rf_text_add(t, "\n");
}

static void footer_plain(struct rf_text *t) {
  const size_t before = t->len;
  rf_modules_plain(add_plain, t);
  if (t->len == before)
    return;
  line_begin(t);
  rf_text_add(t, "`redflag audit FILE` tells what their code does unseen\n");
}

static void footer_ceiling(struct rf_text *t) {
  const struct rf_ceiling_count c = rf_ceiling_count();
  line_begin(t);
  rf_text_add(t, "memory_limit_mb=");
  rf_text_add_u(t, (uint64_t)rf_options.memory_limit_mb);
  rf_text_add(t, ": ");
  rf_text_add_u(t, rf_ceiling_taken >> 20);
  rf_text_add(t, " MiB taken; reached ");
  add_count(t, c.passes, " time", " times");
  rf_text_add(t, ", accesses to ");
  rf_text_add_u(t, (c.forgotten << RF_TOUCHED_PAGE_BITS) >> 10);
  rf_text_add(t, " KiB forgotten\n");
}

static void footer(struct rf_text *t) {
  line_begin(t);
  rf_text_add_u(t, rf_lthread_count());
  rf_text_add(t, " threads, ");
  rf_text_add_u(t, rf_self_lookups());
  rf_text_add(t, " accesses looked up, ");
  rf_text_add_u(t, rf_mem_mapped() >> 20);
  rf_text_add(t, " MiB of records\n");
  if (rf_options.memory_limit_mb)
    footer_ceiling(t);
  footer_plain(t);
}

// Only of a process that had threads: helpers that a test suite starts by the hundred have nothing to say.
static void list_suppressions(struct rf_text *t) {
  for (uint32_t i = 0; i < suppressions.count && rf_lthread_count() > 1; i++) {
    const struct rf_suppression *s = &suppressions.row[i];
    line_begin(t);
    if (s->used)
      add_count(t, s->used, " report suppressed by ", " reports suppressed by ");
    else
      rf_text_add(t, "suppression never used: ");
    rf_text_add(t, rf_suppress_name(s->kind));
    rf_text_add(t, ":");
    rf_text_add(t, s->pattern);
    rf_text_add(t, " (");
    rf_text_add(t, rf_options.suppressions);
    rf_text_add(t, ":");
    rf_text_add_u(t, s->line);
    rf_text_add(t, ")\n");
  }
}

// The last line of a file, by which a reader knows that nothing is missing.
static void end_json(void) {
  static struct rf_json_suppression rows[RF_SUPPRESSIONS_MAX];
  struct rf_text line = {line_buffer, 0, RF_JSON_LINE_BYTES};
  struct rf_json_end e = {.pid = rf_sys_getpid(), .time_ms = rf_report_file_now_ms(), .races = races,
                          .findings = findings, .further = further, .not_shown = not_shown,
                          .threads = rf_lthread_count(), .record_bytes = rf_mem_mapped(), .suppression = rows,
                          .suppressions = suppressions.count, .plain = rf_modules_plain,
                          .lookups = rf_self_lookups()};
  if (rf_options.memory_limit_mb) {
    const struct rf_ceiling_count c = rf_ceiling_count();
    e.ceiling = (struct rf_json_ceiling){(uint64_t)rf_options.memory_limit_mb << 20, rf_ceiling_taken, c.passes,
                                         c.forgotten << RF_TOUCHED_PAGE_BITS};
  }
  for (uint32_t i = 0; i < suppressions.count; i++) {
    const struct rf_suppression *s = &suppressions.row[i];
    rows[i] = (struct rf_json_suppression){rf_suppress_name(s->kind), s->pattern, s->line, s->used};
  }
  rf_json_end(&line, &e);
  if (rf_report_file_wanted())
    rf_report_file_put(&line);
  if (as_json && log_begun)
    rf_write(log_fd, line.at, line.len);
}

static void end_text(void) {
  struct rf_text t = {text_buffer, 0, TEXT_BYTES};
  summarise(&t);
  if (rf_options.verbosity > 0)
    footer(&t);
  if (rf_options.print_suppressions)
    list_suppressions(&t);
  rf_write(log_fd, t.at, t.len);
}

int rf_report_finish(int status) {
  rf_wait_if_refused();
  struct rf_self *self = rf_enter();
  rf_lock_enter(&lock);
  if (!finished) {
    finished = true;
    rf_record_finish();
    if (rf_report_file_wanted() || (as_json && log_begun))
      end_json();
    if (!as_json)
      end_text();
  }
  rf_lock_leave(&lock);
  rf_leave(self);
  const bool failed = __tsan_on_finalize(rf_report_count() != 0);
  return failed && rf_options.exitcode ? rf_options.exitcode : status;
}

void rf_report_after_fork(void) {
  atomic_store_explicit(&lock.held, 0, memory_order_relaxed);
  owner = NULL;
  // The child answers for what it does itself; its parent's reports are the parent's.
  races = findings = further = not_shown = 0;
  finished = log_begun = false;
  rf_report_file_after_fork();
  if (log_fd > 2) {
    rf_sys_close(log_fd);
    log_fd = 2;
    open_log();
  }
}
