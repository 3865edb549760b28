// Included before every file of the core and the runtime. Compilers emit calls to these functions for
// struct copies and loops even in freestanding code; inside the program they would reach the interceptors
// (or the program's own definitions), so they are bound to the runtime's private ones instead.
__asm__(".set memcpy, rf_private_memcpy\n"
        ".set memmove, rf_private_memmove\n"
        ".set memset, rf_private_memset\n");
