// Two accesses of every shape and size to bytes that overlap, one thread after the other without an order.
// list: lost
// kind: race
// row: byte and its neighbour written together, reader of one | -DFIRST='g.c[0]=1;g.c[1]=2' -DSECOND='use(g.c[1])'
// row: bit-fields of one unit | -DFIRST='g.b.low=1' -DSECOND='g.b.high=2'
// row: bit-field and the whole unit | -DFIRST='g.b.high=1' -DSECOND='use(g.i)'
// row: misaligned access across 8 bytes, last byte | -DFIRST='g.far.l=1' -DSECOND='use(g.c[12])'
// row: misaligned access across a cache line | -DFIRST='*(packed*)(g.c+60)=1' -DSECOND='use(g.c[66])'
// row: misaligned read, write of its first byte | -DFIRST='use(g.far.l)' -DSECOND='g.c[5]=1'
// row: 16-byte atomic store against plain read of the upper half | -mcx16 -DFIRST='ATOMIC16' -DSECOND='use(g.l[1])' -latomic
// row: 16-byte compare-exchange against plain write | -mcx16 -DFIRST='CAS16' -DSECOND='g.l[0]=1' -latomic
// row: x87 long double, byte 9 | -DFIRST='g.ld=2.5L' -DSECOND='use(g.c[9])'
// row: x87 long double read, byte 8 written | -DFIRST='use((int)g.ld)' -DSECOND='g.c[8]=1'
// row: __int128, last byte | -DFIRST='g.wide=1' -DSECOND='use(g.c[15])'
// row: _BitInt(256), last byte | -DBITINT -DFIRST='g.bits=1' -DSECOND='use(g.c[31])'
// row: vector_size(32), last byte | -mavx2 -DFIRST='g.v=(vector){1}' -DSECOND='use(g.c[31])'
// row: AVX2 intrinsic load | -mavx2 -DAVX -DFIRST='load256()' -DSECOND='g.c[20]=1'
// row: AVX2 intrinsic unaligned store across a line | -mavx2 -DAVX -DFIRST='_mm256_storeu_si256((void*)(g.c+40),_mm256_set1_epi8(1))' -DSECOND='use(g.c[71])'
// row: AVX2 masked store, a lane that is stored | -mavx2 -DAVX -DFIRST='masked()' -DSECOND='use(g.ints[3])'
// row: AVX2 masked load, a lane that is loaded | -mavx2 -DAVX -DFIRST='masked_load()' -DSECOND='g.ints[3]=1'
// row: AVX2 gather, one element | -mavx2 -DAVX -DFIRST='gather()' -DSECOND='g.ints[100]=1'
// row: AVX2 gather of 4-byte elements by 8-byte indices, the last | -mavx2 -DAVX -DFIRST='gather64()' -DSECOND='g.ints[60]=1'
// row: AVX2 masked store, mask known only at run time | -mavx2 -DAVX -DFIRST='masked_by(late)' -DSECOND='use(g.ints[3])'
// row: scattered stores of a vector's lanes | -mavx2 -DAVX -DFIRST='scatter()' -DSECOND='use(g.ints[100])'
// row: memcpy to byte 5,000 of 1 MiB | -DFIRST='memcpy(big,src,MIB)' -DSECOND='use(big[5000])'
// row: memcpy from the last byte of 1 MiB | -DFIRST='memcpy(src,big,MIB)' -DSECOND='big[MIB-1]=1'
// row: memmove with overlap, last byte | -DFIRST='memmove(big+1,big,MIB-1)' -DSECOND='use(big[MIB-1])'
// row: memset, byte in the middle | -DFIRST='memset(big,1,MIB)' -DSECOND='use(big[MIB/2])'
// row: strcpy, the terminating zero | -DFIRST='strcpy(big,text)' -DSECOND='use(big[4999])'
// row: strlen, the last byte that it reads | -DFIRST='use((int)strlen(text))' -DSECOND='text[4999]=0'
// row: memcmp, a byte before the difference | -DFIRST='use(memcmp(big,src,MIB))' -DSECOND='big[77777]=0'
// row: read() into a buffer | -DFIRST='use((int)read(zero,big,100000))' -DSECOND='use(big[99999])'
// row: write() from a buffer | -DFIRST='use((int)write(null,big,100000))' -DSECOND='big[99999]=1'
// row: struct copy, last field | -DFIRST='g.s=other' -DSECOND='use(g.s.last)'
// row: struct copy from, first field | -DFIRST='other=g.s' -DSECOND='g.s.first=1'
// row: large struct returned by value | -DFIRST='g.s=make()' -DSECOND='use(g.s.last)'
#include "row.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef AVX
#include <immintrin.h>
#endif

#define MIB (1 << 20)
typedef long packed __attribute__((aligned(1)));
typedef int vector __attribute__((vector_size(32)));
struct large {
  long first;
  char room[500];
  long last;
};

union {
  char c[1024];
  int i, ints[256];
  long l[2];
  long double ld;
  __int128 wide;
#ifdef BITINT
  unsigned _BitInt(256) bits;
#endif
  struct {
    unsigned low : 3, high : 5;
  } b;
  struct {
    char skip[5];
    packed l;
  } far;
  vector v;
  struct large s;
} g __attribute__((aligned(64))); // not static: the compiler must keep the stores
struct large other;
char *big, *src, *text;
static int zero, null;
static volatile int sink;
static inline void use(int x) { sink = x; }

#ifdef __GCC_HAVE_SYNC_COMPARE_AND_SWAP_16
static inline void ATOMIC16_(void) { __atomic_store_n(&g.wide, 1, __ATOMIC_SEQ_CST); }
static inline void CAS16_(void) {
  __int128 was = 0;
  __atomic_compare_exchange_n(&g.wide, &was, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
#define ATOMIC16 ATOMIC16_()
#define CAS16 CAS16_()
#endif

#ifdef AVX
static inline void load256(void) { use(_mm256_extract_epi32(_mm256_load_si256((void *)g.c), 5)); }
static inline __m256i lanes(void) { return _mm256_setr_epi32(0, 0, 0, -1, 0, 0, 0, 0); }
static inline void masked(void) { _mm256_maskstore_epi32(g.ints, lanes(), _mm256_set1_epi32(1)); }
static inline void masked_load(void) { use(_mm256_extract_epi32(_mm256_maskload_epi32(g.ints, lanes()), 3)); }
static inline __m256i places(void) { return _mm256_setr_epi32(0, 30, 60, 100, 130, 160, 200, 230); }
static inline void gather(void) { use(_mm256_extract_epi32(_mm256_i32gather_epi32(g.ints, places(), 4), 3)); }
static inline void gather64(void) {
  use(_mm_extract_epi32(_mm256_i64gather_epi32(g.ints, _mm256_setr_epi64x(0, 10, 30, 60), 4), 3));
}
static volatile int late = -1;
static inline void masked_by(int lane) {
  _mm256_maskstore_epi32(g.ints, _mm256_setr_epi32(0, 0, 0, lane, 0, 0, 0, 0), _mm256_set1_epi32(1));
}
static inline void scatter(void) {
  int at[8];
  _mm256_storeu_si256((void *)at, places());
  for (int i = 0; i < 8; i++)
    g.ints[at[i]] = i;
}
#endif
static __attribute__((noinline)) struct large make(void) { return (struct large){.last = 3}; }

static void *first(void *arg) {
  FIRST;
  hand_over();
  return arg;
}

static void *second(void *arg) {
  take_over();
  SECOND;
  return arg;
}

int main(void) {
  big = calloc(1, MIB), src = calloc(1, MIB), text = calloc(1, 5001);
  memset(text, 'x', 4999);
  zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
  run_two(first, second, NULL);
}
