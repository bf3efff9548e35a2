/* What the native cells do, without Python: which thread adds where, and how a total is found.

   All are sharded. A thread owns one of a few slots until it ends, and adds to that slot's numbers, which nobody else
   writes: a load, an addition and a store, no locked instruction, no lost update, with or without the interpreter's lock.
   Threads beyond the slots share slot 0 and use compare-and-swap, or a lock. A total is the sum over the slots. Nothing is
   lost when a thread ends: its slot's next owner goes on from where it stood. A gauge can be set, so each of its slots says
   which setting its number belongs to; the others are over. */

#ifndef LOKA_METRICS_CELLS_H
#define LOKA_METRICS_CELLS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 16
#define SHARED_SLOT 0
#define LINE 64           /* bytes of a cache line: two threads' numbers never stand in one */
#define SUM 0
#define FIRST_BUCKET 1
#define BLOCK 4            /* bounds compared in one step */
#define SCANNED_BOUNDS 32 /* up to here looking at each bound is faster than halving */

#define SELDOM __attribute__((noinline, cold)) /* keeps the usual path short */

/* The shortest way to a thread's own variable. Other C libraries refuse it in what is loaded later. */
#if defined(__GLIBC__)
#define OWN_TO_THREAD _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define OWN_TO_THREAD _Thread_local
#endif

typedef _Atomic(double) Number;
typedef double Pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t Comparison __attribute__((vector_size(16)));

/* ---- which slot is mine ------------------------------------------------------------------------------------------ */

static _Atomic(uint32_t) free_slots = ((1u << SLOTS) - 1) & ~(1u << SHARED_SLOT);
static OWN_TO_THREAD int my_slot = -1;
static pthread_key_t slot_key;
static pthread_once_t slot_key_once = PTHREAD_ONCE_INIT;
static int slot_key_made = 0;

static void
return_slot(void *slot)
{
    my_slot = SHARED_SLOT; /* for whatever still counts while this thread ends */
    atomic_fetch_or_explicit(&free_slots, 1u << (uintptr_t)slot, memory_order_release);
}

static void
make_slot_key(void)
{
    slot_key_made = pthread_key_create(&slot_key, return_slot) == 0;
}

static SELDOM int
take_slot(void)
{
    my_slot = SHARED_SLOT;
    pthread_once(&slot_key_once, make_slot_key);
    if (!slot_key_made) {
        return SHARED_SLOT;
    }
    uint32_t seen = atomic_load_explicit(&free_slots, memory_order_relaxed);
    while (seen != 0) {
        uint32_t lowest = seen & (~seen + 1);
        if (!atomic_compare_exchange_weak_explicit(
                &free_slots, &seen, seen & ~lowest, memory_order_acquire, memory_order_relaxed)) {
            continue;
        }
        uintptr_t slot = 0;
        while ((1u << slot) != lowest) {
            slot++;
        }
        if (pthread_setspecific(slot_key, (void *)slot) != 0) {
            atomic_fetch_or_explicit(&free_slots, lowest, memory_order_release);
            return SHARED_SLOT;
        }
        my_slot = (int)slot;
        return my_slot;
    }
    return SHARED_SLOT;
}

/* ---- numbers, by slot -------------------------------------------------------------------------------------------- */

typedef struct {
    _Atomic(Number *) slots[SLOTS];
    size_t width; /* numbers in a slot */
} Shards;

static SELDOM Number *
make_numbers(Shards *shards, int slot)
{
    size_t bytes = (shards->width * sizeof(Number) + LINE - 1) / LINE * LINE;
    Number *made = aligned_alloc(LINE, bytes);
    if (made == NULL) {
        return NULL;
    }
    memset(made, 0, bytes); /* 0.0 is so written */
    Number *already = NULL;
    if (atomic_compare_exchange_strong_explicit(
            &shards->slots[slot], &already, made, memory_order_acq_rel, memory_order_acquire)) {
        return made;
    }
    free(made); /* only in the shared slot: another thread was first */
    return already;
}

static inline Number *
my_numbers(Shards *shards, int slot)
{
    Number *numbers = atomic_load_explicit(&shards->slots[slot], memory_order_acquire);
    return numbers != NULL ? numbers : make_numbers(shards, slot);
}

/* To a number that nobody else writes. */
static inline void
add_alone(Number *number, double amount)
{
    double seen = atomic_load_explicit(number, memory_order_relaxed);
    atomic_store_explicit(number, seen + amount, memory_order_relaxed);
}

static inline void
add_shared(Number *number, double amount)
{
    double seen = atomic_load_explicit(number, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(
        number, &seen, seen + amount, memory_order_relaxed, memory_order_relaxed)) {
    }
}

static double
total(Shards *shards, size_t index)
{
    double sum = 0.0;
    for (int slot = 0; slot < SLOTS; slot++) {
        Number *numbers = atomic_load_explicit(&shards->slots[slot], memory_order_acquire);
        if (numbers != NULL) {
            sum += atomic_load_explicit(&numbers[index], memory_order_relaxed);
        }
    }
    return sum;
}

static void
drop_shards(Shards *shards)
{
    for (int slot = 0; slot < SLOTS; slot++) {
        free(atomic_load_explicit(&shards->slots[slot], memory_order_relaxed));
    }
}

/* ---- a gauge: the last value that was set, and what has been added since ------------------------------------------ */

typedef struct {
    Number amount;
    _Atomic(uint64_t) since; /* the setting that the amount belongs to; 0 is before the first */
    uint64_t settings;       /* how often this slot has set the gauge */
} Part;

typedef struct {
    Shards parts;              /* a Part in each slot */
    _Atomic(uint64_t) setting; /* the last one. Each has a number of its own, so none comes back */
} Level;

#define PART_WIDTH (sizeof(Part) / sizeof(Number))
#define CHANGING UINT64_MAX /* instead of a setting: the amount is being replaced, who reads comes again */

static inline Part *
my_part(Level *level, int slot)
{
    return (Part *)my_numbers(&level->parts, slot);
}

/* Whoever sees the new amount sees what was stored before it: that the former setting's amount is not here any more. */
static inline void
begin_part(Part *part, double amount)
{
    atomic_store_explicit(&part->since, CHANGING, memory_order_relaxed);
    atomic_store_explicit(&part->amount, amount, memory_order_release);
}

static inline void
put_part(Level *level, Part *part, int slot, double value)
{
    uint64_t setting = ++part->settings * SLOTS + (uint64_t)slot;
    begin_part(part, value);
    atomic_store_explicit(&level->setting, setting, memory_order_release);
    atomic_store_explicit(&part->since, setting, memory_order_release);
}

static inline void
add_part(Level *level, Part *part, int slot, double amount)
{
    (void)slot;
    uint64_t setting = atomic_load_explicit(&level->setting, memory_order_acquire);
    if (atomic_load_explicit(&part->since, memory_order_relaxed) == setting) {
        double seen = atomic_load_explicit(&part->amount, memory_order_relaxed);
        atomic_store_explicit(&part->amount, seen + amount, memory_order_release);
        return;
    }
    begin_part(part, amount);
    atomic_store_explicit(&part->since, setting, memory_order_release);
}

static pthread_mutex_t shared_parts = PTHREAD_MUTEX_INITIALIZER;

/* For threads that share a slot: one at a time is its owner. */
static SELDOM int
gauge_change_shared(Level *level, double amount, void (*change)(Level *, Part *, int, double))
{
    int slot = my_slot < 0 ? take_slot() : my_slot;
    Part *part = my_part(level, slot);
    if (part == NULL) {
        return -1;
    }
    if (slot != SHARED_SLOT) {
        change(level, part, slot, amount);
        return 0;
    }
    pthread_mutex_lock(&shared_parts);
    change(level, part, slot, amount);
    pthread_mutex_unlock(&shared_parts);
    return 0;
}

/* What the slot has of the setting, added to the sum. Returns 0 where that could not be told. */
static int
add_amount(Part *part, uint64_t setting, double *sum)
{
    uint64_t since = atomic_load_explicit(&part->since, memory_order_acquire);
    double amount = atomic_load_explicit(&part->amount, memory_order_acquire);
    if (since == CHANGING || atomic_load_explicit(&part->since, memory_order_relaxed) != since) {
        return 0;
    }
    if (since == setting) {
        *sum += amount;
    }
    return 1;
}

/* The value of a moment between the call and the return: while another thread sets the gauge, it is read again. */
static double
level_now(Level *level)
{
    for (;;) {
        uint64_t setting = atomic_load_explicit(&level->setting, memory_order_acquire);
        double sum = 0.0;
        int told = 1;
        for (int slot = 0; told && slot < SLOTS; slot++) {
            Part *part = (Part *)atomic_load_explicit(&level->parts.slots[slot], memory_order_acquire);
            told = part == NULL || add_amount(part, setting, &sum);
        }
        if (told && atomic_load_explicit(&level->setting, memory_order_relaxed) == setting) {
            return sum;
        }
    }
}

/* ---- the operations themselves: what Python calls and what the native loop measures --------------------------------- */

typedef struct {
    Shards shards; /* the sum, a number for each bucket, then one for what is above all bounds */
    size_t bounds_count, padded_count;
    double *bounds;
} Buckets;

/* Each returns 0, or -1 where memory is short. They take `void *` so that one native loop serves all. */

static SELDOM int
counter_add_shared(Shards *shards, double amount)
{
    int slot = my_slot < 0 ? take_slot() : my_slot;
    Number *numbers = my_numbers(shards, slot);
    if (numbers == NULL) {
        return -1;
    }
    add_shared(numbers, amount); /* right for an own slot too */
    return 0;
}

static inline int
counter_add(void *cell, double amount)
{
    int slot = my_slot;
    if (slot <= SHARED_SLOT) {
        return counter_add_shared(cell, amount);
    }
    Number *numbers = my_numbers(cell, slot);
    if (numbers == NULL) {
        return -1;
    }
    add_alone(numbers, amount);
    return 0;
}

static inline int
gauge_put(void *cell, double value)
{
    Level *level = cell;
    int slot = my_slot;
    if (slot <= SHARED_SLOT) {
        return gauge_change_shared(level, value, put_part);
    }
    Part *part = my_part(level, slot);
    if (part == NULL) {
        return -1;
    }
    put_part(level, part, slot, value);
    return 0;
}

static inline int
gauge_add(void *cell, double amount)
{
    Level *level = cell;
    int slot = my_slot;
    if (slot <= SHARED_SLOT) {
        return gauge_change_shared(level, amount, add_part);
    }
    Part *part = my_part(level, slot);
    if (part == NULL) {
        return -1;
    }
    add_part(level, part, slot, amount);
    return 0;
}

/* Where to scan many bounds from: the value is above all before it, and not above those a scan's length after it. */
static SELDOM size_t
scan_start(const double *bounds, size_t end, double value)
{
    size_t start = 0;
    while (end - start > SCANNED_BOUNDS) {
        size_t middle = start + (end - start) / 2 / BLOCK * BLOCK;
        if (value <= bounds[middle - 1]) {
            end = middle;
        }
        else {
            start = middle;
        }
    }
    return start;
}

/* Which of the numbers counts the value: one more than the bounds it is above; what is not a number is above all. Bounds
   are padded with infinities to whole blocks, so that the scan has no branch and compares several at once. */
static inline size_t
bucket_of(const Buckets *buckets, double value)
{
    const double *bounds = buckets->bounds;
    size_t start = 0, end = buckets->padded_count;
    if (end > SCANNED_BOUNDS) {
        start = scan_start(bounds, end, value);
        end = start + SCANNED_BOUNDS < end ? start + SCANNED_BOUNDS : end;
    }
    Comparison left = {0}, right = {0};
    for (size_t block = start; block < end; block += BLOCK) {
        left += value <= *(const Pair *)&bounds[block];
        right += value <= *(const Pair *)&bounds[block + 2];
    }
    left += right; /* a true comparison is -1 */
    return (size_t)((int64_t)end + left[0] + left[1]) + FIRST_BUCKET;
}

/* How many values are in the bucket, from 0 to the one above all bounds. */
static double
bucket_total(Buckets *buckets, size_t bucket)
{
    double count = total(&buckets->shards, FIRST_BUCKET + bucket);
    if (bucket == buckets->bounds_count && bucket < buckets->padded_count) {
        count += total(&buckets->shards, FIRST_BUCKET + buckets->padded_count); /* those that are not numbers */
    }
    return count;
}

static SELDOM int
histogram_add_shared(Buckets *buckets, double value)
{
    int slot = my_slot < 0 ? take_slot() : my_slot;
    Number *numbers = my_numbers(&buckets->shards, slot);
    if (numbers == NULL) {
        return -1;
    }
    add_shared(&numbers[bucket_of(buckets, value)], 1.0);
    add_shared(&numbers[SUM], value);
    return 0;
}

static inline int
histogram_add(void *cell, double value)
{
    Buckets *buckets = cell;
    int slot = my_slot;
    if (slot <= SHARED_SLOT) {
        return histogram_add_shared(buckets, value);
    }
    Number *numbers = my_numbers(&buckets->shards, slot);
    if (numbers == NULL) {
        return -1;
    }
    add_alone(&numbers[bucket_of(buckets, value)], 1.0);
    add_alone(&numbers[SUM], value);
    return 0;
}

#endif
