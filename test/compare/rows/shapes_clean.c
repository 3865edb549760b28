// Neighbours that do not overlap, and lanes that a mask leaves out: threads may use them at the same time.
// list: invented
// kind: clean-only
// row: neighbouring bytes | -DFIRST='c[0]=1' -DSECOND='c[1]=2'
// row: bit-fields that a zero-width field keeps apart | -DFIRST='b.low=1' -DSECOND='b.high=2'
// row: byte after a misaligned access | -DFIRST='*(packed*)(c+5)=1' -DSECOND='c[13]=2;c[4]=3'
// row: AVX2 masked store, a lane that the mask leaves out | -mavx2 -DAVX -DFIRST='masked()' -DSECOND='ints[2]=2;ints[4]=2'
// row: AVX2 masked load, a lane that the mask leaves out | -mavx2 -DAVX -DFIRST='masked_load()' -DSECOND='ints[2]=2;ints[4]=2'
// row: AVX2 gather, elements between | -mavx2 -DAVX -DFIRST='gather()' -DSECOND='ints[99]=2;ints[101]=2'
// row: AVX2 masked store, mask known only at run time | -mavx2 -DAVX -DFIRST='masked_by(late)' -DSECOND='ints[2]=2;ints[4]=2'
// row: AVX2 masked gather, a lane that the mask leaves out | -mavx2 -DAVX -DFIRST='gather_by(late)' -DSECOND='ints[30]=2;ints[160]=2'
// row: memcpy of the bytes beside | -DFIRST='memcpy(c+100,c+200,50)' -DSECOND='c[150]=2;c[99]=2;c[250]=1'
// row: x87 long double beside its ten bytes | -DFIRST='*(long double*)c=1' -DSECOND='c[10]=1'
// row: strcpy, the byte after the terminating zero | -DFIRST='strcpy(c,"abc")' -DSECOND='c[4]=1'
#include "row.h"

#include <string.h>
#ifdef AVX
#include <immintrin.h>
#endif

typedef long packed __attribute__((aligned(1)));
char c[1024] __attribute__((aligned(64)));
int ints[256];
struct {
  unsigned low : 3, : 0, high : 5;
} b;
static volatile int sink;
static inline void use(int x) { sink = x; }

#ifdef AVX
static inline __m256i lanes(void) { return _mm256_setr_epi32(0, 0, 0, -1, 0, 0, 0, 0); }
static inline void masked(void) { _mm256_maskstore_epi32(ints, lanes(), _mm256_set1_epi32(1)); }
static inline void masked_load(void) { use(_mm256_extract_epi32(_mm256_maskload_epi32(ints, lanes()), 3)); }
static inline __m256i places(void) { return _mm256_setr_epi32(0, 30, 60, 100, 130, 160, 200, 230); }
static inline void gather(void) { use(_mm256_extract_epi32(_mm256_i32gather_epi32(ints, places(), 4), 3)); }
static volatile int late = -1;
static inline __m256i lane(int on) { return _mm256_setr_epi32(0, 0, 0, on, 0, 0, 0, 0); }
static inline void masked_by(int on) { _mm256_maskstore_epi32(ints, lane(on), _mm256_set1_epi32(1)); }
static inline void gather_by(int on) {
  use(_mm256_extract_epi32(_mm256_mask_i32gather_epi32(places(), ints, places(), lane(on), 4), 3));
}
#endif

static void *first(void *arg) {
  FIRST;
  step();
  return arg;
}

static void *second(void *arg) {
  await_step(1);
  SECOND;
  return arg;
}

int main(void) { run_two(first, second, NULL); }
