// Checks the links between local HTML files: some workers read files, and one coordinator knows what has been seen.
// verdict: clean
// output: about.html: missing.html
// output: deep/page.html: ../gone.html
// output: index.html: missing.html
// output: 5 pages, 3 broken links
//
// Usage: link_checker [DIRECTORY]; without one it checks a small site that it makes itself. The coordinator offers the
// next file to whichever worker is free and takes results at the same time, in one select; a context ends it all when
// it takes too long.
#define _GNU_SOURCE // asprintf
#include <redflag/go.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKERS 4
#define PATIENCE (30 * GO_SECOND)

struct strings {
  char **at;
  size_t count;
};

// What a worker found in a file; the receiver owns it.
struct page {
  char *name;
  bool exists;
  struct strings links; // as written
};

static int pages_read;

static void add(struct strings *s, char *text) {
  s->at = realloc(s->at, (s->count + 1) * sizeof *s->at);
  s->at[s->count++] = text;
}

// ---- Reading a file ------------------------------------------------------------------------------------------------
static char *contents(const char *name) {
  FILE *f = fopen(name, "r");
  char *text = NULL;
  size_t room = 0;
  if (!f)
    return NULL;
  if (getdelim(&text, &room, 0, f) < 0)
    text = realloc(text, 1), text[0] = 0;
  fclose(f);
  return text;
}

static struct page read_page(char *name) {
  static const char mark[] = "href=\"";
  struct page page = {.name = name};
  char *text = contents(name);
  page.exists = text != NULL;
  for (char *at = text; at && (at = strstr(at, mark));) {
    at += sizeof mark - 1;
    add(&page.links, strndup(at, strcspn(at, "\"#")));
  }
  free(text);
  return page;
}

static void work(chan(char *) names, chan(struct page) pages) {
  go_range(name, names) {
    go_send(pages, read_page(name));
#ifdef COUNTED_BY_WORKERS
    pages_read++;
#endif
  }
}

// ---- Coordinating --------------------------------------------------------------------------------------------------
struct site {
  struct strings seen;   // names of files, in the order in which they were found
  size_t offered;        // so many of them were given to workers
  size_t done;           // and so many came back
  struct strings broken; // "page: link"
  struct strings missing, from, to;
};

static bool contains(const struct strings *s, const char *text) {
  for (size_t i = 0; i < s->count; i++)
    if (!strcmp(s->at[i], text))
      return true;
  return false;
}

// The file that a link in a page leads to, without . and ..; NULL: it leads elsewhere.
static char *target(const char *page, const char *link) {
  if (!*link || strstr(link, "://"))
    return NULL;
  const char *slash = strrchr(page, '/');
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - page) + 1 : 0, page, link);
  for (char *up; (up = strstr(path, "/../"));) {
    char *start = up;
    while (start > path && start[-1] != '/')
      start--;
    memmove(start, up + 4, strlen(up + 4) + 1);
  }
  return strdup(path);
}

static void take_in(struct site *s, struct page page) {
  s->done++;
  pages_read += page.exists;
  if (!page.exists)
    add(&s->missing, page.name);
  for (size_t i = 0; i < page.links.count; i++) {
    char *name = target(page.name, page.links.at[i]);
    if (name) {
      char *both;
      if (asprintf(&both, "%s: %s", page.name, page.links.at[i]) < 0)
        abort();
      add(&s->from, both);
      add(&s->to, name);
      if (!contains(&s->seen, name))
        add(&s->seen, name);
    }
    free(page.links.at[i]);
  }
  free(page.links.at);
}

// False: it took too long.
static bool check(struct site *s, go_ctx *ctx) {
  chan(char *) names = go_make(char *, 0);
  chan(struct page) pages = go_make(struct page, 0);
  struct page page;
  char end;
  for (int i = 0; i < WORKERS; i++)
    go work(names, pages);
  while (s->done < s->seen.count) {
    bool more = s->offered < s->seen.count;
    chan(char *) to = more ? names : NULL; // nobody receives from no channel
    char *next = more ? s->seen.at[s->offered] : NULL;
    switch (go_select(GO_SEND(to, &next), GO_RECV(pages, &page), GO_RECV(go_ctx_done(ctx), &end))) {
    case 0:
      s->offered++;
      break;
    case 1:
      take_in(s, page);
      break;
    case 2:
      return false;
    }
  }
  go_close(names);
  return true;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void report(struct site *s) {
  for (size_t i = 0; i < s->from.count; i++)
    if (contains(&s->missing, s->to.at[i]))
      add(&s->broken, s->from.at[i]);
  qsort(s->broken.at, s->broken.count, sizeof *s->broken.at, by_text);
  for (size_t i = 0; i < s->broken.count; i++)
    puts(s->broken.at[i]);
  printf("%d pages, %zu broken links\n", pages_read, s->broken.count);
}

// ---- A site to show it with ----------------------------------------------------------------------------------------
static const char *const demo[][2] = {
    {"index.html", "<a href=\"about.html\">a</a> <a href=\"deep/page.html\">p</a> <a href=\"missing.html\">m</a>"},
    {"about.html", "<a href=\"index.html#top\">i</a> <a href=\"missing.html\">m</a> <a href=\"https://x/\">x</a>"},
    {"deep/page.html", "<a href=\"../index.html\">i</a> <a href=\"other.html\">o</a> <a href=\"../gone.html\">g</a>"},
    {"deep/other.html", "<a href=\"page.html\">p</a> <a href=\"../last.html\">l</a>"},
    {"last.html", "nothing"},
};

static void make_demo(char *directory) {
  if (!mkdtemp(directory) || chdir(directory) || mkdir("deep", 0700))
    perror(directory), exit(1);
  for (size_t i = 0; i < sizeof demo / sizeof *demo; i++) {
    FILE *f = fopen(demo[i][0], "w");
    if (!f || fputs(demo[i][1], f) < 0 || fclose(f))
      perror(demo[i][0]), exit(1);
  }
}

static void remove_demo(const char *directory) {
  for (size_t i = 0; i < sizeof demo / sizeof *demo; i++)
    unlink(demo[i][0]);
  rmdir("deep");
  rmdir(directory);
}

int main(int argc, char **argv) {
  char directory[] = "/tmp/link_checker.XXXXXX";
  if (argc == 1)
    make_demo(directory);
  else if (chdir(argv[1]))
    return perror(argv[1]), 1;
  struct site site = {0};
  add(&site.seen, strdup("index.html"));
  go_ctx *ctx = go_ctx_with_timeout(go_ctx_background(), PATIENCE);
  bool in_time = check(&site, ctx);
  if (in_time)
    report(&site);
  else
    fprintf(stderr, "link_checker: gave up after %d pages\n", pages_read);
  go_ctx_cancel(ctx);
  if (argc == 1)
    remove_demo(directory);
  return in_time ? 0 : 1;
}
