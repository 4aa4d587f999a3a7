/* How objects end: in which order, where, and at which IRQL. */

#include "keeper.h"

typedef struct {
    ULONG64 Name;
} NAMED;
CONTEXT_TYPE(NAMED);

typedef struct {
    ULONG64 Other;
} FURTHER;
CONTEXT_TYPE(FURTHER);

/* What was called: 0x100 * IRQL + 0x10 for a destruction + the name of the object. */
static ULONG64 Notes[ANSWERS];
static ULONG Noted;
static ULONG_PTR NotesLock;

static void Note(ULONG64 value)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&NotesLock);

    if (Noted < ANSWERS)
        Notes[Noted++] = value;
    KeReleaseSpinLock(&NotesLock, level);
}

/* Takes what is noted. */
static ULONG TakeNotes(ULONG64 *to)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&NotesLock);
    ULONG count = Noted;

    for (ULONG at = 0; at < count; at++)
        to[at] = Notes[at];
    Noted = 0;
    KeReleaseSpinLock(&NotesLock, level);
    return count;
}

void MakeEnds(void)
{
    KeInitializeSpinLock(&NotesLock);
}

static ULONG64 NameOf(WDFOBJECT object)
{
    NAMED *named = CALL(WdfObjectGetTypedContextWorker, object, &NAMED_TYPE);

    return named->Name;
}

static void EvtCleanup(WDFOBJECT object)
{
    Note(KeGetCurrentIrql() * 0x100ull + NameOf(object));
}

static void EvtDestroy(WDFOBJECT object)
{
    Note(KeGetCurrentIrql() * 0x100ull + 0x10 + NameOf(object));
}

static void EvtWaitingCleanup(WDFOBJECT object)
{
    long long interval = -10000;

    (void)object;
    KeDelayExecutionThread(0, 0, &interval); /* breaks: irql */
}

/* Whether the callbacks of a request are noted, with its first answer or with their level. */
enum { UNNOTED, WITH_ANSWER, WITH_LEVEL };
typedef struct {
    ULONG Noted;
} REQUEST;
CONTEXT_TYPE(REQUEST);

static ULONG HowNoted(WDFOBJECT request)
{
    REQUEST *context = CALL(WdfObjectGetTypedContextWorker, request, &REQUEST_TYPE);

    return context->Noted;
}

static void EvtRequestCleanup(WDFOBJECT request)
{
    ULONG64 *answers;
    ULONG how = HowNoted(request);

    /* The request is not completed yet. */
    if (how == WITH_ANSWER && CALL(WdfRequestRetrieveOutputBuffer, request, 8, (PVOID *)&answers, 0) >= 0)
        Note(answers[0]);
    if (how == WITH_LEVEL)
        Note(KeGetCurrentIrql() * 0x100ull + 3);
}

static void EvtRequestDestroy(WDFOBJECT request)
{
    ULONG how = HowNoted(request);

    if (how == WITH_ANSWER)
        Note(2);
    if (how == WITH_LEVEL)
        Note(KeGetCurrentIrql() * 0x100ull + 4);
}

static void NoteRequest(WDFREQUEST request, ULONG how)
{
    REQUEST *context = CALL(WdfObjectGetTypedContextWorker, request, &REQUEST_TYPE);

    context->Noted = how;
}

WDF_OBJECT_ATTRIBUTES RequestAttributes = ATTRIBUTES(.EvtCleanupCallback = EvtRequestCleanup,
    .EvtDestroyCallback = EvtRequestDestroy, .ContextTypeInfo = &REQUEST_TYPE);

static WDFOBJECT Make(ULONG64 name, WDFOBJECT parent)
{
    WDF_OBJECT_ATTRIBUTES attributes = ATTRIBUTES(.EvtCleanupCallback = EvtCleanup, .EvtDestroyCallback = EvtDestroy,
        .ParentObject = parent, .ContextTypeInfo = &NAMED_TYPE);
    WDFOBJECT object = 0;
    NAMED *named;

    if (CALL(WdfObjectCreate, &attributes, &object) < 0)
        return 0;
    named = CALL(WdfObjectGetTypedContextWorker, object, &NAMED_TYPE);
    named->Name = name;
    return object;
}

static void EvtTimer(WDFTIMER timer)
{
    (void)timer;
}

/* The lock raises to DISPATCH, where the queue's is a spin lock. */
static void DeleteRaised(WDFOBJECT object)
{
    CALL(WdfObjectAcquireLock, Device);
    CALL(WdfObjectDelete, object);
    CALL(WdfObjectReleaseLock, Device);
}

static void EndTree(void)
{
    WDFOBJECT root = Make(1, 0);
    WDFOBJECT first = Make(2, root);

    Make(3, root);
    Make(4, first);
    Make(5, first);
    CALL(WdfObjectDelete, root);
}

static void EndReferenced(void)
{
    WDFOBJECT object = Make(1, 0);

    CALL(WdfObjectReferenceActual, object, 0, 0, "");
    CALL(WdfObjectDelete, object);
    Note(9);
    CALL(WdfObjectDereferenceActual, object, 0, 0, "");
}

static void EndRaised(void)
{
    WDFOBJECT plain = Make(1, 0), above = Make(2, Device);
    WDF_OBJECT_ATTRIBUTES below = ATTRIBUTES(.ParentObject = above);
    WDF_TIMER_CONFIG config = {.Size = sizeof(config), .EvtTimerFunc = EvtTimer};
    WDFTIMER timer;

    DeleteRaised(plain);
    CALL(WdfTimerCreate, &config, &below, &timer);
    DeleteRaised(above);
    Note(9);
}

static NOINLINE void EndTwice(void)
{
    WDFOBJECT object = Make(1, 0);

    CALL(WdfObjectReferenceActual, object, 0, 0, "");
    CALL(WdfObjectDelete, object);
    CALL(WdfObjectDelete, object); /* breaks: bad-handle */
}

static NOINLINE void EndDevice(void)
{
    CALL(WdfObjectDelete, Device); /* breaks: wdf-verifier */
    Note(0);
}

static void EndWaiting(void)
{
    WDF_OBJECT_ATTRIBUTES attributes = ATTRIBUTES(.EvtCleanupCallback = EvtWaitingCleanup);
    WDFOBJECT object;

    if (CALL(WdfObjectCreate, &attributes, &object) >= 0)
        DeleteRaised(object);
}

static void Contexts(ORDER *order)
{
    WDF_OBJECT_ATTRIBUTES further = ATTRIBUTES(.ContextTypeInfo = &FURTHER_TYPE, .EvtCleanupCallback = EvtCleanup);
    WDFOBJECT object = Make(1, 0);
    PVOID added = 0, again = 0;

    Answer(order, (ULONG)CALL(WdfObjectAllocateContext, object, &further, &added));
    Answer(order, (ULONG)CALL(WdfObjectAllocateContext, object, &further, &again));
    Answer(order, added == again && added == CALL(WdfObjectGetTypedContextWorker, object, &FURTHER_TYPE));
    Answer(order, CALL(WdfObjectContextGetObject, added) == object);
    CALL(WdfObjectDelete, object);
    order->Count += TakeNotes(order->Answers + order->Count);
}

BOOLEAN Ends(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_END_TREE:
        EndTree();
        break;
    case IOCTL_END_REFERENCED:
        EndReferenced();
        break;
    case IOCTL_END_RAISED:
        EndRaised();
        break;
    case IOCTL_END_TWICE:
        EndTwice();
        break;
    case IOCTL_END_DEVICE:
        EndDevice();
        break;
    case IOCTL_END_WAITING:
        EndWaiting();
        break;
    case IOCTL_CONTEXTS:
        Contexts(order);
        break;
    case IOCTL_NOTE_REQUEST:
        NoteRequest(order->Request, WITH_ANSWER);
        Answer(order, 1);
        break;
    case IOCTL_HAND_NOTED:
        NoteRequest(order->Request, WITH_LEVEL);
        order->Status = ForwardToSecond(order->Request);
        if (order->Status >= 0)
            order->Count = KEPT;
        break;
    case IOCTL_NOTES:
        order->Count = TakeNotes(order->Answers);
        break;
    default:
        return 0;
    }
    return 1;
}
