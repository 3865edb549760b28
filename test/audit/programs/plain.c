// What another compiler builds without checks.
int shared_total;
int plain_add(int *p, int n) {
  for (int i = 0; i < n; i++)
    shared_total += p[i];
  return shared_total;
}
int plain_square(int x) { return x * x; }
void plain_lock(int *word) {
  while (__sync_lock_test_and_set(word, 1))
    ;
}
void plain_unlock(int *word) { __sync_lock_release(word); }
