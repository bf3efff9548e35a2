/* Native loops: what an operation costs without Python, and a proof that none is lost between threads that hold no lock.
   Comes in: an operation of cells.h and its cell. Goes out: nanoseconds. */

#ifndef LOKA_METRICS_LOOPS_H
#define LOKA_METRICS_LOOPS_H

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#define SAMPLES 1024

typedef int (*Operation)(void *cell, double amount);

typedef struct {
    Operation operation;
    void *cell;
    const double *samples;
    size_t times;
    int failed;
} Loop;

static void *
run_loop(void *argument)
{
    Loop *loop = argument;
    /* Read anew each time, as the compiler must believe: a call through a pointer, as from Python. */
    Operation volatile *operation = (Operation volatile *)&loop->operation;
    for (size_t i = 0; i < loop->times; i++) {
        loop->failed |= (*operation)(loop->cell, loop->samples[i % SAMPLES]);
    }
    return NULL;
}

static double
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

#define MOST_THREADS 256

static int
run_threads(const Loop *pattern, Py_ssize_t threads)
{
    pthread_t started[MOST_THREADS];
    Loop loops[MOST_THREADS];
    Py_ssize_t running = 0;
    int failed = 0;
    for (; running < threads; running++) {
        loops[running] = *pattern;
        if (pthread_create(&started[running], NULL, run_loop, &loops[running]) != 0) {
            failed = 1;
            break;
        }
    }
    for (Py_ssize_t i = 0; i < running; i++) {
        pthread_join(started[i], NULL);
        failed |= loops[i].failed;
    }
    return failed;
}

#endif
