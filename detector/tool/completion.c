// Completion scripts, from the tables of commands and options.
#include "commands.h"
#include "fail.h"

#include <stdio.h>
#include <string.h>

// ---- bash ----

static void bash_words(const struct command *c, const char *path) {
  printf("  '%s') words='", path);
  for (const struct command *s = c->sub; s && s->name; s++)
    printf("%s ", s->name);
  for (const struct option *o = c->options; o && o->name; o++)
    printf("--%s ", o->name);
  printf("--help' ;;\n");
}

static void bash_values(const struct option *o) {
  for (; o && o->name; o++)
    if (o->value && strchr(o->value, '|')) {
      printf("  --%s) words='", o->name);
      for (const char *p = o->value; *p; p++)
        putchar(*p == '|' ? ' ' : *p);
      printf("'; COMPREPLY=($(compgen -W \"$words\" -- \"$current\")); return ;;\n");
    } else if (o->value && strcmp(o->value, "DIRECTORY") == 0)
      printf("  --%s) COMPREPLY=($(compgen -d -- \"$current\")); return ;;\n", o->name);
}

static void bash(void) {
  printf("# bash completion for redflag\n"
         "_redflag() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path='' words='' i w\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    w=${COMP_WORDS[i]}\n"
         "    [ \"$w\" = -- ] && { COMPREPLY=($(compgen -c -f -- \"$current\")); return; }\n"
         "    case \"$path $w\" in\n");
  for (const struct command *c = commands; c->name; c++) {
    printf("    ' %s') path=' %s' ;;\n", c->name, c->name);
    for (const struct command *s = c->sub; s && s->name; s++)
      printf("    ' %s %s') path=' %s %s' ;;\n", c->name, s->name, c->name, s->name);
  }
  printf("    esac\n  done\n  case $before in\n");
  for (const struct command *c = commands; c->name; c++)
    bash_values(c->options);
  for (const struct command *s = report_commands; s->name; s++)
    bash_values(s->options);
  printf("  esac\n  case $path in\n  '') words='");
  for (const struct command *c = commands; c->name; c++)
    printf("%s ", c->name);
  printf("--version --help' ;;\n");
  for (const struct command *c = commands; c->name; c++) {
    char path[64];
    snprintf(path, sizeof path, " %s", c->name);
    bash_words(c, path);
    for (const struct command *s = c->sub; s && s->name; s++) {
      snprintf(path, sizeof path, " %s %s", c->name, s->name);
      bash_words(s, path);
    }
  }
  printf("  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\"))\n"
         "}\n"
         "complete -o filenames -F _redflag redflag\n");
}

// ---- zsh ----

// Text within single quotes of a shell; zsh's specs give brackets and colons a meaning besides.
static void put_quoted(const char *s, bool spec) {
  for (; *s; s++) {
    if (*s == '\'')
      printf("'\\''");
    else if (spec && strchr("[]:\\", *s))
      printf("\\%c", *s);
    else
      putchar(*s);
  }
}

static void zsh_values(const struct option *o) {
  if (o->kind == OPTION_FLAG)
    return;
  if (!strchr(o->value, '|')) {
    printf(":%s:%s", o->value,
           strcmp(o->value, "DIRECTORY") == 0 ? "_files -/"
           : strcmp(o->value, "FILE") == 0    ? "_files"
                                              : "");
    return;
  }
  printf(":value:(");
  for (const char *p = o->value; *p; p++)
    putchar(*p == '|' ? ' ' : *p);
  printf(")");
}

static void zsh_arguments(const struct command *c) {
  printf("_arguments");
  for (const struct option *o = c->options; o && o->name; o++) {
    printf(" \\\n      '%s--%s%s[", o->kind == OPTION_LIST ? "*" : "", o->name,
           o->kind == OPTION_FLAG ? "" : "=");
    put_quoted(o->help, true);
    printf("]");
    zsh_values(o);
    printf("'");
  }
  printf(" \\\n      '--help[print help]' %s ;;\n", c->stops ? "'*::command:_normal'" : "'*:file:_files'");
}

static void zsh_table(const char *name, const struct command *c) {
  printf("  local -a %s\n  %s=(\n", name, name);
  for (; c->name; c++) {
    printf("    '%s:", c->name);
    put_quoted(c->about, false);
    printf("'\n");
  }
  printf("  )\n");
}

static void zsh(void) {
  printf("#compdef redflag\n_redflag() {\n");
  zsh_table("commands", commands);
  zsh_table("reports", report_commands);
  printf("  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words\n  ((CURRENT--))\n"
         "  if [[ $command == report ]]; then\n"
         "    if ((CURRENT == 2)); then\n      _describe command reports\n      return\n    fi\n"
         "    command=\"report $words[2]\"\n    shift words\n    ((CURRENT--))\n  fi\n  case $command in\n");
  for (const struct command *c = commands; c->name; c++) {
    for (const struct command *s = c->sub; s && s->name; s++) {
      printf("    '%s %s') ", c->name, s->name);
      zsh_arguments(s);
    }
    if (!c->sub) {
      printf("    %s) ", c->name);
      zsh_arguments(c);
    }
  }
  printf("  esac\n}\n_redflag \"$@\"\n");
}

// ---- fish ----

static void fish_command(const char *when, const struct command *c) {
  printf("complete -c redflag -n '%s' -f -a %s -d '", when, c->name);
  put_quoted(c->about, false);
  printf("'\n");
}

static void fish_options(const char *when, const struct command *c) {
  for (const struct option *o = c->options; o && o->name; o++) {
    printf("complete -c redflag -n '%s' -l %s", when, o->name);
    if (o->letter)
      printf(" -s %c", o->letter);
    if (o->kind != OPTION_FLAG)
      printf(" -r");
    if (o->value && strchr(o->value, '|')) {
      printf(" -f -a '");
      for (const char *p = o->value; *p; p++)
        putchar(*p == '|' ? ' ' : *p);
      printf("'");
    }
    printf(" -d '");
    put_quoted(o->help, false);
    printf("'\n");
  }
}

static void fish(void) {
  char when[128];
  printf("# fish completion for redflag\n");
  for (const struct command *c = commands; c->name; c++) {
    fish_command("__fish_use_subcommand", c);
    snprintf(when, sizeof when, "__fish_seen_subcommand_from %s", c->name);
    fish_options(when, c);
    for (const struct command *s = c->sub; s && s->name; s++) {
      fish_command(when, s);
      char both[160];
      snprintf(both, sizeof both, "%s; and __fish_seen_subcommand_from %s", when, s->name);
      fish_options(both, s);
    }
  }
}

int completion_write(const char *shell) {
  static const struct {
    const char *name;
    void (*write)(void);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
  for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
    if (strcmp(shells[i].name, shell) == 0)
      shells[i].write();
  return STATUS_OK;
}
