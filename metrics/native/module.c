/* The extension module: Counter, Gauge and Histogram, each one series. Comes in: amounts. Goes out: totals. Must not know
   names, labels, text. pure.py is its twin: the same types and the same errors. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "cells.h"
#include "loops.h"

typedef struct {
    PyObject_HEAD
    Shards shards;
} Counter;

typedef struct {
    PyObject_HEAD
    Level level;
} Gauge;

typedef struct {
    PyObject_HEAD
    Buckets buckets;
} Histogram;

/* ---- Python: shared pieces --------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *error;
    PyTypeObject *counter, *gauge, *histogram;
} State;

static struct PyModuleDef module_definition;

static State *
state_of(PyTypeObject *type)
{
    return (State *)PyModule_GetState(PyType_GetModule(type));
}

/* The one number of a call, by place or by name. Returns 0, or -1 with an exception. */
static int
one_number(const char *method, const char *name, PyObject *const *arguments, Py_ssize_t count, PyObject *names,
           const double *fallback, double *number)
{
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    if (count + named == 0 && fallback != NULL) {
        *number = *fallback;
        return 0;
    }
    if (count + named != 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes one number, %zd were given", method, count + named);
        return -1;
    }
    if (named == 1 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), name) != 0) {
        PyErr_Format(PyExc_TypeError, "%s() has no argument %R; it has %s", method, PyTuple_GET_ITEM(names, 0), name);
        return -1;
    }
    *number = PyFloat_AsDouble(arguments[0]);
    return *number == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static PyObject *
done(int failed)
{
    if (failed) {
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

static const double ONE = 1.0;

static int
visit_type(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int
takes_nothing(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) == 0 && (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() takes no arguments", type->tp_name);
    return -1;
}

/* ---- Counter ----------------------------------------------------------------------------------------------------- */

static PyObject *
counter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (takes_nothing(type, args, kwargs) < 0) {
        return NULL;
    }
    Counter *self = (Counter *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->shards.width = 1;
    }
    return (PyObject *)self;
}

static void
counter_dealloc(Counter *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    drop_shards(&self->shards);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
counter_inc(Counter *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    double amount;
    if (one_number("inc", "amount", arguments, count, names, &ONE, &amount) < 0) {
        return NULL;
    }
    if (!(amount >= 0.0 && amount <= DBL_MAX)) {
        PyObject *shown = PyFloat_FromDouble(amount);
        PyErr_Format(state_of(Py_TYPE(self))->error, "a counter goes up by finite amounts, not by %S", shown);
        Py_XDECREF(shown);
        return NULL;
    }
    return done(counter_add(&self->shards, amount));
}

static PyObject *
counter_value(Counter *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(total(&self->shards, 0));
}

static PyMethodDef counter_methods[] = {
    {"inc", (PyCFunction)(void (*)(void))counter_inc, METH_FASTCALL | METH_KEYWORDS,
     "inc($self, /, amount=1)\n--\n\nGo up by a finite amount of at least 0."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef counter_members[] = {
    {"value", (getter)counter_value, NULL, "The total so far.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot counter_slots[] = {
    {Py_tp_doc, "A number that only goes up."},
    {Py_tp_new, counter_new},
    {Py_tp_dealloc, counter_dealloc},
    {Py_tp_traverse, visit_type},
    {Py_tp_methods, counter_methods},
    {Py_tp_getset, counter_members},
    {0, NULL},
};

static PyType_Spec counter_spec = {
    .name = "loka_metrics.native.Counter",
    .basicsize = sizeof(Counter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = counter_slots,
};

/* ---- Gauge ------------------------------------------------------------------------------------------------------- */

static PyObject *
gauge_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (takes_nothing(type, args, kwargs) < 0) {
        return NULL;
    }
    Gauge *self = (Gauge *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->level.parts.width = PART_WIDTH;
    }
    return (PyObject *)self;
}

static void
gauge_dealloc(Gauge *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    drop_shards(&self->level.parts);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
gauge_set(Gauge *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    double value;
    if (one_number("set", "value", arguments, count, names, NULL, &value) < 0) {
        return NULL;
    }
    return done(gauge_put(&self->level, value));
}

static PyObject *
gauge_inc(Gauge *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    double amount;
    if (one_number("inc", "amount", arguments, count, names, &ONE, &amount) < 0) {
        return NULL;
    }
    return done(gauge_add(&self->level, amount));
}

static PyObject *
gauge_dec(Gauge *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    double amount;
    if (one_number("dec", "amount", arguments, count, names, &ONE, &amount) < 0) {
        return NULL;
    }
    return done(gauge_add(&self->level, -amount));
}

static PyObject *
gauge_value(Gauge *self, void *closure)
{
    (void)closure;
    return PyFloat_FromDouble(level_now(&self->level));
}

static PyMethodDef gauge_methods[] = {
    {"set", (PyCFunction)(void (*)(void))gauge_set, METH_FASTCALL | METH_KEYWORDS,
     "set($self, /, value)\n--\n\nTake this value."},
    {"inc", (PyCFunction)(void (*)(void))gauge_inc, METH_FASTCALL | METH_KEYWORDS,
     "inc($self, /, amount=1)\n--\n\nGo up."},
    {"dec", (PyCFunction)(void (*)(void))gauge_dec, METH_FASTCALL | METH_KEYWORDS,
     "dec($self, /, amount=1)\n--\n\nGo down."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef gauge_members[] = {
    {"value", (getter)gauge_value, NULL, "The value now.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot gauge_slots[] = {
    {Py_tp_doc, "A number that goes up and down."},
    {Py_tp_new, gauge_new},
    {Py_tp_dealloc, gauge_dealloc},
    {Py_tp_traverse, visit_type},
    {Py_tp_methods, gauge_methods},
    {Py_tp_getset, gauge_members},
    {0, NULL},
};

static PyType_Spec gauge_spec = {
    .name = "loka_metrics.native.Gauge",
    .basicsize = sizeof(Gauge),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = gauge_slots,
};

/* ---- Histogram --------------------------------------------------------------------------------------------------- */

static int
read_bounds(Histogram *self, PyObject *sequence)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    size_t padded = ((size_t)count + BLOCK - 1) / BLOCK * BLOCK;
    self->buckets.bounds = calloc(padded + 1, sizeof(double));
    if (self->buckets.bounds == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = (size_t)count; i < padded; i++) {
        self->buckets.bounds[i] = INFINITY;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        self->buckets.bounds[i] = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(sequence, i));
        if (self->buckets.bounds[i] == -1.0 && PyErr_Occurred()) {
            return -1;
        }
        if (!isfinite(self->buckets.bounds[i]) || (i > 0 && !(self->buckets.bounds[i - 1] < self->buckets.bounds[i]))) {
            PyErr_SetString(state_of(Py_TYPE(self))->error, "the bounds of buckets are finite and each is above the last");
            return -1;
        }
    }
    self->buckets.bounds_count = (size_t)count;
    self->buckets.padded_count = padded;
    self->buckets.shards.width = FIRST_BUCKET + padded + 1;
    return 0;
}

static PyObject *
histogram_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"bounds", NULL};
    PyObject *bounds;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:Histogram", names, &bounds)) {
        return NULL;
    }
    Histogram *self = (Histogram *)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    PyObject *sequence = PySequence_Tuple(bounds);
    if (sequence == NULL || read_bounds(self, sequence) < 0) {
        Py_XDECREF(sequence);
        Py_DECREF(self);
        return NULL;
    }
    Py_DECREF(sequence);
    return (PyObject *)self;
}

static void
histogram_dealloc(Histogram *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    drop_shards(&self->buckets.shards);
    free(self->buckets.bounds);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
histogram_observe(Histogram *self, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    double value;
    if (one_number("observe", "value", arguments, count, names, NULL, &value) < 0) {
        return NULL;
    }
    return done(histogram_add(&self->buckets, value));
}

static PyObject *
histogram_snapshot(Histogram *self, PyObject *nothing)
{
    (void)nothing;
    PyObject *counts = PyTuple_New((Py_ssize_t)self->buckets.bounds_count + 1);
    if (counts == NULL) {
        return NULL;
    }
    double below = 0.0;
    for (size_t i = 0; i <= self->buckets.bounds_count; i++) {
        below += bucket_total(&self->buckets, i);
        PyObject *count = PyLong_FromDouble(below);
        if (count == NULL) {
            Py_DECREF(counts);
            return NULL;
        }
        PyTuple_SET_ITEM(counts, (Py_ssize_t)i, count);
    }
    return Py_BuildValue("(Nd)", counts, total(&self->buckets.shards, SUM));
}

static PyMethodDef histogram_methods[] = {
    {"observe", (PyCFunction)(void (*)(void))histogram_observe, METH_FASTCALL | METH_KEYWORDS,
     "observe($self, /, value)\n--\n\nCount a value in its bucket."},
    {"snapshot", (PyCFunction)histogram_snapshot, METH_NOARGS,
     "snapshot($self, /)\n--\n\nHow many values are at or below each bound and in all, and their sum."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot histogram_slots[] = {
    {Py_tp_doc, "Counts of values by size. The bounds are finite and rise; a value at a bound is below it."},
    {Py_tp_new, histogram_new},
    {Py_tp_dealloc, histogram_dealloc},
    {Py_tp_traverse, visit_type},
    {Py_tp_methods, histogram_methods},
    {0, NULL},
};

static PyType_Spec histogram_spec = {
    .name = "loka_metrics.native.Histogram",
    .basicsize = sizeof(Histogram),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = histogram_slots,
};

/* ---- the native loop ----------------------------------------------------------------------------------------------- */

/* Finds what `kind` does to `cell`. */
static int
choose(State *state, PyObject *cell, const char *kind, Loop *loop)
{
    if (Py_IS_TYPE(cell, state->counter) && strcmp(kind, "inc") == 0) {
        loop->operation = counter_add;
        loop->cell = &((Counter *)cell)->shards;
    }
    else if (Py_IS_TYPE(cell, state->gauge) && strcmp(kind, "set") == 0) {
        loop->operation = gauge_put;
        loop->cell = &((Gauge *)cell)->level;
    }
    else if (Py_IS_TYPE(cell, state->gauge) && strcmp(kind, "inc") == 0) {
        loop->operation = gauge_add;
        loop->cell = &((Gauge *)cell)->level;
    }
    else if (Py_IS_TYPE(cell, state->histogram) && strcmp(kind, "observe") == 0) {
        loop->operation = histogram_add;
        loop->cell = &((Histogram *)cell)->buckets;
    }
    else {
        PyErr_Format(state->error, "%.200s has no native loop for %s", Py_TYPE(cell)->tp_name, kind);
        return -1;
    }
    return 0;
}

static PyObject *
native_loop(PyObject *module, PyObject *args)
{
    PyObject *cell;
    const char *kind;
    Py_ssize_t times, threads = 0;
    if (!PyArg_ParseTuple(args, "Osn|n:loop", &cell, &kind, &times, &threads)) {
        return NULL;
    }
    State *state = PyModule_GetState(module);
    if (times < 1 || threads < 0 || threads > MOST_THREADS) {
        return PyErr_Format(state->error, "a loop runs at least once, in at most %d threads", MOST_THREADS);
    }
    double samples[SAMPLES];
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = strcmp(kind, "observe") == 0 ? (double)(i * 7919 % SAMPLES) / 64.0 : 1.0;
    }
    Loop loop = {.samples = samples, .times = (size_t)times};
    if (choose(state, cell, kind, &loop) < 0) {
        return NULL;
    }
    double started = now();
    int failed;
    Py_BEGIN_ALLOW_THREADS
    if (threads == 0) {
        run_loop(&loop);
        failed = loop.failed;
    }
    else {
        failed = run_threads(&loop, threads);
    }
    Py_END_ALLOW_THREADS
    double elapsed = now() - started;
    if (failed) {
        PyErr_SetString(PyExc_RuntimeError, "no memory or no thread for the loop");
        return NULL;
    }
    return PyFloat_FromDouble(elapsed / (double)times);
}

/* ---- the module -------------------------------------------------------------------------------------------------- */

static PyMethodDef module_methods[] = {
    {"loop", native_loop, METH_VARARGS,
     "loop($module, cell, kind, times, threads=0, /)\n--\n\n"
     "Do the operation so many times without leaving C and return nanoseconds per operation.\n\n"
     "With threads, each of them does it so many times, without the interpreter's lock."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec)
{
    PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, (PyTypeObject *)type) < 0) {
        Py_CLEAR(type);
    }
    return (PyTypeObject *)type;
}

static int
module_exec(PyObject *module)
{
    State *state = PyModule_GetState(module);
    PyObject *errors = PyImport_ImportModule("loka_metrics.errors");
    if (errors == NULL) {
        return -1;
    }
    state->error = PyObject_GetAttrString(errors, "MetricError");
    Py_DECREF(errors);
    if (state->error == NULL) {
        return -1;
    }
    state->counter = add_type(module, &counter_spec);
    state->gauge = add_type(module, &gauge_spec);
    state->histogram = add_type(module, &histogram_spec);
    return state->counter && state->gauge && state->histogram ? 0 : -1;
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->error);
    Py_VISIT(state->counter);
    Py_VISIT(state->gauge);
    Py_VISIT(state->histogram);
    return 0;
}

static int
module_clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->error);
    Py_CLEAR(state->counter);
    Py_CLEAR(state->gauge);
    Py_CLEAR(state->histogram);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "loka_metrics.native",
    .m_doc = "Counters, gauges and histograms as C has them: one series each.",
    .m_size = sizeof(State),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit_native(void)
{
    return PyModuleDef_Init(&module_definition);
}
