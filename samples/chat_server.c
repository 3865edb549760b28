// A chat server on loopback: a goroutine for each connection, and one, the hub, that alone knows who is there.
// verdict: clean
// output: 20 clients, 20 heard themselves
//
// Usage: chat_server [CLIENTS]. The clients are goroutines too: each enters a room of ten, says one line, and leaves
// when it has come back. What connections tell the hub goes through one channel, so nothing of it needs a lock.
#include <redflag/go.h>
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM_SIZE 10
#define LINE 80

struct event {
  enum { ENTER, SAY, LEAVE } what;
  int fd;
  int room;
  char line[LINE];
};

static chan(struct event) events;
static int lines_said; // the hub's alone

// ---- Lines over a socket -------------------------------------------------------------------------------------------
struct reader {
  int fd;
  size_t have;
  char buffer[4 * LINE];
};

// The next line, with its end. False: the other side has left.
static bool read_line(struct reader *r, char line[LINE]) {
  for (;;) {
    char *end = memchr(r->buffer, '\n', r->have);
    size_t n = end ? (size_t)(end - r->buffer) + 1 : 0;
    if (n && n < LINE) {
      memcpy(line, r->buffer, n);
      line[n] = 0;
      memmove(r->buffer, r->buffer + n, r->have -= n);
      return true;
    }
    ssize_t got = read(r->fd, r->buffer + r->have, sizeof r->buffer - r->have);
    if (got <= 0)
      return false;
    r->have += (size_t)got;
  }
}

static void write_line(int fd, const char *line) {
  size_t n = strlen(line);
  if (send(fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
    shutdown(fd, SHUT_RDWR); // the other side has left; our reader will notice
}

// ---- Server --------------------------------------------------------------------------------------------------------
struct member {
  int fd, room;
  struct member *next;
};

static void forget(struct member **list, int fd) {
  while ((*list)->fd != fd)
    list = &(*list)->next;
  struct member *gone = *list;
  *list = gone->next;
  free(gone);
  close(fd);
}

static void hub(void) {
  struct member *members = NULL;
  go_range(e, events) {
    if (e.what == ENTER) {
      struct member *new = malloc(sizeof *new);
      *new = (struct member){e.fd, e.room, members};
      members = new;
    } else if (e.what == LEAVE) {
      forget(&members, e.fd);
    } else {
      lines_said++;
      for (struct member *m = members; m; m = m->next)
        if (m->room == e.room)
          write_line(m->fd, e.line);
    }
  }
}

static void serve(int fd, go_wg *connections) {
  struct reader in = {.fd = fd};
  struct event e = {ENTER, fd};
  if (read_line(&in, e.line)) {
    e.room = atoi(e.line);
    go_send(events, e);
    for (e.what = SAY; read_line(&in, e.line);) {
#ifdef COUNTED_BY_EACH
      lines_said++;
#endif
      go_send(events, e);
    }
    e.what = LEAVE;
    go_send(events, e);
  } else {
    close(fd);
  }
  go_wg_done(connections);
}

static void accept_all(int listener, go_wg *connections) {
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
    go_wg_add(connections, 1);
    go serve(fd, connections);
  }
  go_wg_done(connections);
}

// ---- Clients -------------------------------------------------------------------------------------------------------
static void talk(int number, struct sockaddr_in to, go_wg *clients, int *heard) {
  char own[LINE], line[LINE];
  struct reader in = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
  if (connect(in.fd, (struct sockaddr *)&to, sizeof to) == 0) {
    snprintf(own, sizeof own, "%d\n", number / ROOM_SIZE);
    write_line(in.fd, own);
    snprintf(own, sizeof own, "hello from %d\n", number);
    write_line(in.fd, own);
    while (read_line(&in, line))
      if (!strcmp(line, own)) {
        go_add(heard, 1);
        break;
      }
  }
  close(in.fd);
  go_wg_done(clients);
}

int main(int argc, char **argv) {
  int clients = argc > 1 ? atoi(argv[1]) : 20, heard = 0;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, clients) ||
      getsockname(listener, (struct sockaddr *)&at, &(socklen_t){sizeof at})) {
    perror("chat_server");
    return 1;
  }
  go_wg connections = {0}, talking = {0};
  events = go_make(struct event, 64);
  go hub();
  go_wg_add(&connections, 1);
  go accept_all(listener, &connections);
  for (int i = 0; i < clients; i++) {
    go_wg_add(&talking, 1);
    go talk(i, at, &talking, &heard);
  }
  go_wg_wait(&talking);
  shutdown(listener, SHUT_RDWR); // ends the accept
  go_wg_wait(&connections);
  go_close(events);
  printf("%d clients, %d heard themselves\n", clients, heard);
}
