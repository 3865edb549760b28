// Where the tool is installed: the directory above its bin/, beside which its other files lie.
#ifndef RF_TOOL_PREFIX_H
#define RF_TOOL_PREFIX_H

// NULL: /proc/self/exe cannot be read. Static.
const char *own_prefix(void);

#endif
