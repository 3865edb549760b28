// Reduces an image of many colours to palettes, at several speeds, with and without dithering; prints what came out.
#include <libimagequant.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 300, HEIGHT = 240 };

static unsigned char pixels[HEIGHT][WIDTH][4], background[HEIGHT][WIDTH][4], reduced[HEIGHT * WIDTH];

#define CHECK(call)                                                                                          \
  do {                                                                                                       \
    const liq_error e = (call);                                                                              \
    if (e != LIQ_OK) {                                                                                       \
      fprintf(stderr, "imagequant_driver: %s: error %d\n", #call, e);                                        \
      exit(1);                                                                                               \
    }                                                                                                        \
  } while (0)

static uint64_t hash(uint64_t h, const void *p, size_t n) {
  for (const unsigned char *b = p; n; n--)
    h = (h ^ *b++) * 1099511628211u;
  return h;
}

static void paint(void) {
  unsigned seed = 1;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      unsigned char *p = pixels[y][x], *b = background[y][x];
      p[0] = (unsigned char)(x * 255 / WIDTH);
      p[1] = (unsigned char)(y * 255 / HEIGHT);
      p[2] = (unsigned char)((x ^ y) + rand_r(&seed) % 16);
      p[3] = x < WIDTH / 4 ? (unsigned char)(x * 4) : 255;
      b[0] = b[1] = b[2] = (unsigned char)(x * y / 100);
      b[3] = 255;
    }
}

static void reduce(int speed, int colors, float dither, int with_background) {
  liq_attr *attr = liq_attr_create();
  liq_result *result;
  CHECK(liq_set_speed(attr, speed));
  CHECK(liq_set_max_colors(attr, colors));
  liq_image *image = liq_image_create_rgba(attr, pixels, WIDTH, HEIGHT, 0);
  if (with_background)
    CHECK(liq_image_set_background(image, liq_image_create_rgba(attr, background, WIDTH, HEIGHT, 0)));
  CHECK(liq_image_quantize(image, attr, &result));
  CHECK(liq_set_dithering_level(result, dither));
  CHECK(liq_write_remapped_image(result, image, reduced, sizeof reduced));
  const liq_palette *palette = liq_get_palette(result);
  printf("speed %d, dithering %.1f%s: %u colours %016llx, pixels %016llx, quality %d\n", speed, (double)dither,
         with_background ? ", background" : "", palette->count,
         (unsigned long long)hash(1, palette->entries, palette->count * sizeof *palette->entries),
         (unsigned long long)hash(1, reduced, sizeof reduced), liq_get_remapping_quality(result));
  liq_result_destroy(result);
  liq_image_destroy(image);
  liq_attr_destroy(attr);
}

int main(void) {
  paint();
  reduce(1, 256, 1, 0);
  reduce(3, 200, 0, 0);
  reduce(4, 64, 1, 1);
  reduce(5, 256, 0, 1);
  reduce(10, 16, 0.5f, 0);
}
