/* Objects that hold something for the driver: wait locks, memory, collections and strings. */

#include "keeper.h"

static WDFOBJECT WaitLock;
static WDFOBJECT Kept;

NTSTATUS MakeObjects(void)
{
    WDF_OBJECT_ATTRIBUTES below = ATTRIBUTES(.ParentObject = Device);

    return CALL(WdfWaitLockCreate, &below, &WaitLock);
}

static NOINLINE void AcquireTwice(void)
{
    CALL(WdfWaitLockAcquire, WaitLock, 0);
    CALL(WdfWaitLockAcquire, WaitLock, 0); /* breaks: lock-recursion */
    CALL(WdfWaitLockRelease, WaitLock);
}

static NOINLINE void ReleaseTwice(void)
{
    CALL(WdfWaitLockAcquire, WaitLock, 0);
    CALL(WdfWaitLockRelease, WaitLock);
    CALL(WdfWaitLockRelease, WaitLock); /* breaks: lock-misuse */
}

static NOINLINE void CountLocked(void)
{
    CALL(WdfWaitLockAcquire, WaitLock, 0); /* breaks: irql */
    Count();
    CALL(WdfWaitLockRelease, WaitLock);
}

static void HoldLocked(void)
{
    long long interval = -1000000;

    CALL(WdfWaitLockAcquire, WaitLock, 0);
    KeDelayExecutionThread(0, 0, &interval);
    CALL(WdfWaitLockRelease, WaitLock);
}

static void Ticket(ORDER *order)
{
    static volatile ULONG64 Tickets;
    long long interval = -10000;

    CALL(WdfWaitLockAcquire, WaitLock, 0);
    Answer(order, Tickets);
    Tickets = Tickets + 1;
    KeDelayExecutionThread(0, 0, &interval);
    CALL(WdfWaitLockRelease, WaitLock);
}

static void Tags(ORDER *order)
{
    WDFOBJECT object = 0;

    Answer(order, (ULONG)CALL(WdfObjectCreate, 0, &object));
    CALL(WdfObjectReferenceActual, object, (PVOID)1, 0, "");
    CALL(WdfObjectDereferenceActual, object, (PVOID)2, 0, "");
    CALL(WdfObjectDelete, object);
}

static void Links(ORDER *order)
{
    UNICODE_STRING name = {0};

    Answer(order, (ULONG)CALL(WdfDeviceCreateSymbolicLink, Device, &name));
    RtlInitUnicodeString(&name, L"Keeper");
    Answer(order, (ULONG)CALL(WdfDeviceCreateSymbolicLink, Device, &name));
    RtlInitUnicodeString(&name, L"\\DosDevices\\Keeper");
    Answer(order, (ULONG)CALL(WdfDeviceCreateSymbolicLink, Device, &name));
    Answer(order, (ULONG)CALL(WdfDeviceCreateSymbolicLink, Device, &name));
}

/* What an attempt that does not wait answers, and one that waits for a while. */
static void Try(ORDER *order)
{
    long long none = 0, some = -10000;

    Answer(order, (ULONG)CALL(WdfWaitLockAcquire, WaitLock, &none));
    Answer(order, (ULONG)CALL(WdfWaitLockAcquire, WaitLock, &some));
}

/* The output of the request by way of its memory object, and of one that is the driver's. */
static void Memory(ORDER *order)
{
    WDFOBJECT output = 0, again = 0, own = 0;
    PVOID buffer = 0;
    SIZE_T size = 0;
    ULONG64 number = 7;

    Answer(order, (ULONG)CALL(WdfRequestRetrieveOutputMemory, order->Request, &output));
    CALL(WdfRequestRetrieveOutputMemory, order->Request, &again);
    Answer(order, output == again);
    Answer(order, CALL(WdfMemoryGetBuffer, output, &size) == (PVOID)order->Answers);
    Answer(order, size);
    Answer(order, (ULONG)CALL(WdfMemoryCreate, 0, 512, 0x4B6D656D, 16, &own, &buffer));
    Answer(order, CALL(WdfMemoryGetBuffer, own, 0) == buffer);
    Answer(order, (ULONG)CALL(WdfMemoryCopyFromBuffer, own, 8, &number, 8));
    Answer(order, (ULONG)CALL(WdfMemoryCopyFromBuffer, own, 9, &number, 8));
    /* The next answer is written through the memory object. */
    CALL(WdfMemoryCopyToBuffer, own, 8, &number, 8);
    CALL(WdfMemoryCopyFromBuffer, output, order->Count++ * sizeof(ULONG64), &number, 8);
    CALL(WdfObjectDelete, own);
}

static NOINLINE void CompleteReferenced(ORDER *order)
{
    WDFOBJECT output = 0;

    if (CALL(WdfRequestRetrieveOutputMemory, order->Request, &output) < 0)
        return;
    CALL(WdfObjectReferenceActual, output, 0, 0, "");
    order->Count = KEPT;
    CALL(WdfRequestCompleteWithInformation, order->Request, STATUS_SUCCESS, 0); /* breaks: bugcheck */
    Kept = output;
}

static void Collection(ORDER *order)
{
    WDFOBJECT collection = 0, items[3];

    Answer(order, (ULONG)CALL(WdfCollectionCreate, 0, &collection));
    for (ULONG at = 0; at < 3; at++) {
        CALL(WdfObjectCreate, 0, &items[at]);
        CALL(WdfCollectionAdd, collection, items[at]);
        /* The collection keeps it. */
        CALL(WdfObjectDelete, items[at]);
    }
    Answer(order, CALL(WdfCollectionGetCount, collection));
    Answer(order, CALL(WdfCollectionGetItem, collection, 1) == items[1]);
    Answer(order, CALL(WdfCollectionGetItem, collection, 3) == 0);
    CALL(WdfCollectionRemoveItem, collection, 1);
    Answer(order, CALL(WdfCollectionGetLastItem, collection) == items[2]);
    CALL(WdfCollectionRemove, collection, items[0]);
    Answer(order, CALL(WdfCollectionGetFirstItem, collection) == items[2]);
    Answer(order, CALL(WdfCollectionGetCount, collection));
    CALL(WdfObjectDelete, collection);
}

static NOINLINE void RemoveMissing(void)
{
    WDFOBJECT collection = 0;

    CALL(WdfCollectionCreate, 0, &collection);
    CALL(WdfCollectionRemove, collection, Device); /* breaks: wdf-verifier */
    Kept = collection;
}

static void String(ORDER *order)
{
    static const WCHAR Text[] = L"keeper";
    UNICODE_STRING from = {12, 14, (WCHAR *)Text}, to = {0};
    WDFOBJECT string = 0;

    Answer(order, (ULONG)CALL(WdfStringCreate, &from, 0, &string));
    CALL(WdfStringGetUnicodeString, string, &to);
    Answer(order, to.Length);
    Answer(order, to.Buffer != from.Buffer && to.Buffer[5] == L'r' && to.Buffer[6] == 0);
    CALL(WdfObjectDelete, string);
}

static void Names(ORDER *order)
{
    WDFDRIVER driver = WdfDriverGlobals->Driver;

    Answer(order, CALL(WdfDeviceGetDriver, Device) == driver);
    Answer(order, CALL(WdfDriverWdmGetDriverObject, driver) == Driver);
    Answer(order, CALL(WdfDriverGetRegistryPath, driver)[0]);
    Answer(order, CALL(WdfDeviceGetDefaultQueue, Device) == order->Queue);
}

static void Parameters(ORDER *order)
{
    WDF_REQUEST_PARAMETERS found = {.Size = sizeof(found)};

    CALL(WdfRequestGetParameters, order->Request, &found);
    Answer(order, found.Type);
    Answer(order, found.OutputBufferLength);
    Answer(order, found.InputBufferLength);
    Answer(order, found.IoControlCode);
    Answer(order, (UCHAR)CALL(WdfRequestGetRequestorMode, order->Request));
    Answer(order, CALL(WdfRequestGetInformation, order->Request));
}

static NOINLINE void WrongSize(ORDER *order)
{
    WDF_REQUEST_PARAMETERS found = {.Size = 8};

    CALL(WdfRequestGetParameters, order->Request, &found); /* breaks: bad-argument */
    Answer(order, found.Type);
}

/* The request that waits until it is cancelled. */
static ORDER Asked;

static void EvtCancel(WDFREQUEST request)
{
    Answer(&Asked, CALL(WdfRequestIsCanceled, request));
    Complete(request, STATUS_SUCCESS, Asked.Count);
}

static NOINLINE void AskCanceled(ORDER *order)
{
    Asked = *order;
    if (CALL(WdfRequestMarkCancelableEx, order->Request, EvtCancel) < 0)
        return;
    order->Count = KEPT;
    (void)CALL(WdfRequestIsCanceled, order->Request); /* breaks: wdf-is-canceled */
}

#define WdfDriverIsVersionAvailable WDF(123, BOOLEAN, WDFDRIVER, ULONG *)
#define WdfDriverRetrieveVersionString WDF(122, NTSTATUS, WDFDRIVER, WDFOBJECT)

static BOOLEAN IsAvailable(ULONG major, ULONG minor)
{
    ULONG version[3] = {sizeof(version), major, minor};

    return CALL(WdfDriverIsVersionAvailable, WdfDriverGlobals->Driver, version);
}

static void Version(ORDER *order)
{
    UNICODE_STRING text = {0};
    WDFOBJECT string = 0;

    Answer(order, IsAvailable(1, 31));
    Answer(order, IsAvailable(1, 33));
    Answer(order, IsAvailable(2, 0));
    CALL(WdfStringCreate, 0, 0, &string);
    Answer(order, (ULONG)CALL(WdfDriverRetrieveVersionString, WdfDriverGlobals->Driver, string));
    CALL(WdfStringGetUnicodeString, string, &text);
    Answer(order, text.Buffer[0]);
    Answer(order, text.Buffer[text.Length / sizeof(WCHAR)]);
    CALL(WdfObjectDelete, string);
}

static NOINLINE void Break(ORDER *order)
{
    ((void (*)(WDF_DRIVER_GLOBALS *))WdfFunction(367))(WdfDriverGlobals); /* breaks: wdf-verifier */
    Answer(order, 0);
}

BOOLEAN Objects(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_COUNT_LOCKED:
        CountLocked();
        break;
    case IOCTL_HOLD_LOCKED:
        HoldLocked();
        break;
    case IOCTL_ASK_CANCELED:
        AskCanceled(order);
        break;
    case IOCTL_VERSION:
        Version(order);
        break;
    case IOCTL_BREAK:
        Break(order);
        break;
    case IOCTL_TICKET:
        Ticket(order);
        break;
    case IOCTL_TAGS:
        Tags(order);
        break;
    case IOCTL_LINKS:
        Links(order);
        break;
    case IOCTL_TRY_LOCKED:
        Try(order);
        break;
    case IOCTL_ACQUIRE_TWICE:
        AcquireTwice();
        break;
    case IOCTL_RELEASE_TWICE:
        ReleaseTwice();
        break;
    case IOCTL_MEMORY:
        Memory(order);
        break;
    case IOCTL_COMPLETE_REFERENCED:
        CompleteReferenced(order);
        break;
    case IOCTL_COLLECTION:
        Collection(order);
        break;
    case IOCTL_REMOVE_MISSING:
        RemoveMissing();
        break;
    case IOCTL_STRING:
        String(order);
        break;
    case IOCTL_PARAMETERS:
        Parameters(order);
        break;
    case IOCTL_WRONG_SIZE:
        WrongSize(order);
        break;
    case IOCTL_NAMES:
        Names(order);
        break;
    default:
        return 0;
    }
    return 1;
}
