/* How files are opened, cleaned up and closed. */

#include "keeper.h"

#ifndef FILE_SCOPE
#define FILE_SCOPE NONE
#endif

typedef struct {
    ULONG Size;
    void (*EvtDeviceFileCreate)(WDFDEVICE, WDFREQUEST, WDFFILEOBJECT);
    void (*EvtFileClose)(WDFFILEOBJECT);
    void (*EvtFileCleanup)(WDFFILEOBJECT);
    ULONG AutoForwardCleanupClose;
    ULONG FileObjectClass;
} WDF_FILEOBJECT_CONFIG;

_Static_assert(sizeof(WDF_FILEOBJECT_CONFIG) == 40, "as wdfdevice.h has it on x64");

#define WdfFileObjectWdfCannotUseFsContexts 4
#define WdfDeviceInitSetFileObjectConfig \
    WDF(71, void, WDFDEVICE_INIT *, WDF_FILEOBJECT_CONFIG *, WDF_OBJECT_ATTRIBUTES *)

/* What is done with the next file, and what was called since the last question. */
enum { OPEN, REFUSE, FORWARD, COUNT };
static ULONG Next;
enum { CREATED, CLEANED_UP, CLOSED, ENDED, COUNTERS };
static ULONG64 Counters[COUNTERS];
static ULONG_PTR Lock;

static void Bump(ULONG which)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&Lock);

    Counters[which]++;
    KeReleaseSpinLock(&Lock, level);
}

/* Says what is done with the next file, and answers what was said before. */
static ULONG SetNext(ULONG next)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&Lock);
    ULONG before = Next;

    Next = next;
    KeReleaseSpinLock(&Lock, level);
    return before;
}

/* The parameters of the last file's request: its type, and four words. */
static ULONG64 Created[5];

static void EvtDeviceFileCreate(WDFDEVICE device, WDFREQUEST request, WDFFILEOBJECT file)
{
    WDF_REQUEST_PARAMETERS found = {.Size = sizeof(found)};
    UCHAR level;

    CALL(WdfRequestGetParameters, request, &found);
    level = KeAcquireSpinLockRaiseToDpc(&Lock);
    Created[0] = found.Type;
    for (ULONG at = 1; at < 5; at++)
        Created[at] = ((ULONG64 *)&found)[at];
    KeReleaseSpinLock(&Lock, level);
    (void)device;
    (void)file;
    Bump(CREATED);
    switch (SetNext(OPEN)) {
    case REFUSE:
        CALL(WdfRequestCompleteWithInformation, request, STATUS_ACCESS_DENIED, 0);
        break;
    case FORWARD:
        if (ForwardToSecond(request) < 0)
            CALL(WdfRequestCompleteWithInformation, request, STATUS_INVALID_DEVICE_REQUEST, 0);
        break;
    case COUNT:
        Count();
        CALL(WdfRequestCompleteWithInformation, request, STATUS_SUCCESS, 0);
        break;
    default:
        CALL(WdfRequestCompleteWithInformation, request, STATUS_SUCCESS, 0);
        break;
    }
}

static void EvtFileCleanup(WDFFILEOBJECT file)
{
    (void)file;
    Bump(CLEANED_UP);
}

static void EvtFileClose(WDFFILEOBJECT file)
{
    (void)file;
    Bump(CLOSED);
}

static void EvtFileEnd(WDFOBJECT file)
{
    (void)file;
    Bump(ENDED);
}

void ConfigureFiles(WDFDEVICE_INIT *init)
{
    WDF_FILEOBJECT_CONFIG config = {
        .Size = sizeof(config),
        .EvtDeviceFileCreate = EvtDeviceFileCreate,
        .EvtFileClose = EvtFileClose,
        .EvtFileCleanup = EvtFileCleanup,
        .AutoForwardCleanupClose = WdfUseDefault,
        .FileObjectClass = WdfFileObjectWdfCannotUseFsContexts,
    };
    WDF_OBJECT_ATTRIBUTES attributes = ATTRIBUTES(.SynchronizationScope = FILE_SCOPE, .EvtCleanupCallback = EvtFileEnd);

    KeInitializeSpinLock(&Lock);
    CALL(WdfDeviceInitSetFileObjectConfig, init, &config, &attributes);
}

static void TellFiles(ORDER *order)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&Lock);

    for (ULONG which = 0; which < COUNTERS; which++)
        Answer(order, Counters[which]);
    KeReleaseSpinLock(&Lock, level);
}

static void TellCreated(ORDER *order)
{
    UCHAR level = KeAcquireSpinLockRaiseToDpc(&Lock);

    for (ULONG at = 0; at < 5; at++)
        Answer(order, Created[at]);
    KeReleaseSpinLock(&Lock, level);
}

BOOLEAN Files(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_REFUSE_NEXT:
        SetNext(REFUSE);
        break;
    case IOCTL_FORWARD_NEXT:
        SetNext(FORWARD);
        break;
    case IOCTL_COUNT_NEXT:
        SetNext(COUNT);
        break;
    case IOCTL_CREATE_PARAMETERS:
        TellCreated(order);
        break;
    case IOCTL_FILES:
        TellFiles(order);
        break;
    default:
        return 0;
    }
    return 1;
}
