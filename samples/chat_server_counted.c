// The chat server, whose connections count the lines that are said, beside the hub.
// verdict: racy
// race-in: serve
// output: 20 clients, 20 heard themselves
#define COUNTED_BY_EACH
#include "chat_server.c"
