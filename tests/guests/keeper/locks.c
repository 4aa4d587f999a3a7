/* Under which lock, and at which IRQL, callbacks run. */

#include "keeper.h"

/* The second queue, which requests are forwarded to. */
#ifndef SCOPE
#define SCOPE INHERITED
#endif
#ifndef LEVEL
#define LEVEL INHERITED
#endif

static WDFQUEUE Second;
static WDFDPC SerializedDpc, FreeDpc, NotingDpc;
static WDFTIMER SerializedTimer, PassiveTimer, RestartedTimer, StoppingTimer;
static WDFWORKITEM SerializedItem;
/* What callbacks of a queue are serialized with needs a lock of theirs. */
#if SCOPE == 3 || DEVICE_SCOPE == 2
static WDFINTERRUPT Interrupt;
#endif
static NTSTATUS DpcStatus, ItemStatus;

/* What is counted, by all that count. */
static volatile ULONG64 Counted;
/* A forward is going on. */
static volatile ULONG64 Forwarding;
/* The request that waits for the timer at PASSIVE. */
static ORDER Waiting;

NOINLINE void Count(void)
{
    Counted = Counted + 1; /* breaks: race */
}

static void EvtDpc(WDFDPC dpc)
{
    (void)dpc;
    Count();
}

__attribute__((unused)) static void EvtTimer(WDFTIMER timer)
{
    (void)timer;
    Count();
}

static void EvtPassiveTimer(WDFTIMER timer)
{
    long long interval = -10000;

    (void)timer;
    Answer(&Waiting, KeGetCurrentIrql());
    Answer(&Waiting, (ULONG)KeDelayExecutionThread(0, 0, &interval));
    Complete(Waiting.Request, STATUS_SUCCESS, Waiting.Count);
}

/* Whether a DPC has run, and how often a timer has called back. */
static volatile ULONG64 Noted, Restarted;

static void EvtNotingDpc(WDFDPC dpc)
{
    (void)dpc;
    Noted = 1;
}

/* Starts itself again, for as long as nothing stops it. */
static void EvtRestartedTimer(WDFTIMER timer)
{
    long long interval = -10000;

    Restarted = Restarted + 1;
    KeDelayExecutionThread(0, 0, &interval);
    CALL(WdfTimerStart, timer, -1);
}

static NOINLINE void EvtStoppingTimer(WDFTIMER timer)
{
    Answer(&Waiting, CALL(WdfTimerStop, timer, 1)); /* breaks: wdf-verifier */
    Complete(Waiting.Request, STATUS_SUCCESS, Waiting.Count);
}

static void StopTimer(ORDER *order)
{
    long long little = -3000, long_enough = -100000;
    ULONG64 before;

    CALL(WdfTimerStart, RestartedTimer, -1);
    KeDelayExecutionThread(0, 0, &little);
    Answer(order, CALL(WdfTimerStop, RestartedTimer, 1));
    before = Restarted;
    KeDelayExecutionThread(0, 0, &long_enough);
    Answer(order, Restarted - before);
}

static void CancelDpc(ORDER *order)
{
    Noted = 0;
    CALL(WdfDpcEnqueue, NotingDpc);
    Answer(order, CALL(WdfDpcCancel, FreeDpc, 1));
    Answer(order, Noted);
}

__attribute__((unused)) static void EvtWorkItem(WDFWORKITEM item)
{
    (void)item;
    Count();
}

#if SCOPE == 3 || DEVICE_SCOPE == 2
static BOOLEAN EvtIsr(WDFINTERRUPT interrupt, ULONG message)
{
    (void)interrupt;
    (void)message;
    return 0;
}

static void EvtInterrupt(WDFINTERRUPT interrupt, WDFOBJECT device)
{
    (void)interrupt;
    (void)device;
    Count();
}

/* The interrupt, which no hardware raises: its DPC or its work item is queued by who counts. */
static NTSTATUS MakeInterrupt(WDF_OBJECT_ATTRIBUTES *below)
{
    WDF_INTERRUPT_CONFIG config = {
        .Size = sizeof(config),
        .ShareVector = WdfUseDefault,
        .AutomaticSerialization = 1,
        .EvtInterruptIsr = EvtIsr,
#if LEVEL == PASSIVE || DEVICE_LEVEL == PASSIVE
        .EvtInterruptWorkItem = EvtInterrupt,
#else
        .EvtInterruptDpc = EvtInterrupt,
#endif
        .ReportInactiveOnPowerDown = WdfUseDefault,
    };
#if LEVEL == PASSIVE || DEVICE_LEVEL == PASSIVE
    WDFINTERRUPT handled;
#endif
    NTSTATUS status;

    status = CALL(WdfInterruptCreate, Device, &config, below, &Interrupt);
#if LEVEL == PASSIVE || DEVICE_LEVEL == PASSIVE
    /* One that has neither is at the level at which it is handled. */
    config.EvtInterruptWorkItem = 0;
    config.PassiveHandling = 1;
    if (status >= 0)
        status = CALL(WdfInterruptCreate, Device, &config, below, &handled);
#endif
    return status;
}
#endif

NTSTATUS ForwardToSecond(WDFREQUEST request)
{
    return CALL(WdfRequestForwardToIoQueue, request, Second);
}

/* A request without a callback of its own, as that which opens a file. */
static void EvtDefault(WDFQUEUE queue, WDFREQUEST request)
{
    (void)queue;
    Complete(request, STATUS_SUCCESS, 0);
}

static void EvtSecond(WDFQUEUE queue, WDFREQUEST request, SIZE_T output, SIZE_T input, ULONG code)
{
    ULONG64 *answers;
    NTSTATUS status;

    (void)queue;
    (void)output;
    (void)input;
    status = CALL(WdfRequestRetrieveOutputBuffer, request, ANSWERS * sizeof(ULONG64), (PVOID *)&answers, 0);
    if (status >= 0) {
        answers[0] = code == IOCTL_FORWARD ? Forwarding : 0;
        answers[1] = KeGetCurrentIrql();
    }
    Complete(request, status, 2);
}

static volatile ULONG64 Stopped;

static void EvtStopped(WDFQUEUE queue, PVOID context)
{
    (void)queue;
    (*(volatile ULONG64 *)context)++;
}

static NOINLINE void StopSelf(ORDER *order)
{
    CALL(WdfIoQueueStopSynchronously, order->Queue); /* breaks: hang */
    Answer(order, 0);
}

NTSTATUS MakeLocks(WDFQUEUE queue)
{
    WDF_IO_QUEUE_CONFIG config = {
        .Size = sizeof(config),
        .DispatchType = WdfIoQueueDispatchParallel,
        .PowerManaged = WdfUseDefault,
        .EvtIoDefault = EvtDefault,
        .EvtIoDeviceControl = EvtSecond,
        .NumberOfPresentedRequests = ~0u,
    };
    WDF_OBJECT_ATTRIBUTES second = ATTRIBUTES(.SynchronizationScope = SCOPE, .ExecutionLevel = LEVEL);
    WDF_OBJECT_ATTRIBUTES below = ATTRIBUTES(.ParentObject = queue);
    WDF_OBJECT_ATTRIBUTES passive = ATTRIBUTES(.ParentObject = queue, .ExecutionLevel = PASSIVE);
    WDF_DPC_CONFIG dpc = {sizeof(dpc), EvtDpc, 0};
    WDF_TIMER_CONFIG timer = {.Size = sizeof(timer), .EvtTimerFunc = EvtPassiveTimer};
    WDF_WORKITEM_CONFIG item = {sizeof(item), EvtWorkItem, 1};
    NTSTATUS status;

    status = CALL(WdfIoQueueCreate, Device, &config, &second, &Second);
    if (status >= 0)
        status = CALL(WdfDpcCreate, &dpc, &below, &FreeDpc);
    if (status >= 0)
        status = CALL(WdfTimerCreate, &timer, &passive, &PassiveTimer);
    timer.EvtTimerFunc = EvtRestartedTimer;
    if (status >= 0)
        status = CALL(WdfTimerCreate, &timer, &passive, &RestartedTimer);
    timer.EvtTimerFunc = EvtStoppingTimer;
    if (status >= 0)
        status = CALL(WdfTimerCreate, &timer, &passive, &StoppingTimer);
    dpc.EvtDpcFunc = EvtNotingDpc;
    if (status >= 0)
        status = CALL(WdfDpcCreate, &dpc, &below, &NotingDpc);
    dpc.EvtDpcFunc = EvtDpc;
#ifdef DISPATCHES
    /* The second says it again, the third has it of the default queue. */
    if (status >= 0)
        status = CALL(WdfDeviceConfigureRequestDispatching, Device, Second, WdfRequestTypeWrite);
    if (status >= 0 && DISPATCHES == 2)
        status = CALL(WdfDeviceConfigureRequestDispatching, Device, Second, WdfRequestTypeWrite); /* breaks: wdf-verifier */
    if (status >= 0 && DISPATCHES == 3)
        status = CALL(WdfDeviceConfigureRequestDispatching, Device, queue, WdfRequestTypeRead); /* breaks: wdf-verifier */
#endif
#if SCOPE == 3 || DEVICE_SCOPE == 2
    if (status >= 0)
        status = MakeInterrupt(&below);
#endif
    /* One of these does not go with the level of the queue. */
#if LEVEL == PASSIVE || DEVICE_LEVEL == PASSIVE
    ItemStatus = CALL(WdfWorkItemCreate, &item, &below, &SerializedItem);
#else
    dpc.AutomaticSerialization = timer.AutomaticSerialization = 1;
    timer.EvtTimerFunc = EvtTimer;
    DpcStatus = CALL(WdfDpcCreate, &dpc, &below, &SerializedDpc);
    if (DpcStatus >= 0)
        DpcStatus = CALL(WdfTimerCreate, &timer, &below, &SerializedTimer);
    (void)item;
#endif
    return status;
}

static void Mismatched(ORDER *order, BOOLEAN is_dpc)
{
    WDF_OBJECT_ATTRIBUTES below = ATTRIBUTES(.ParentObject = order->Queue);
    WDF_DPC_CONFIG dpc = {sizeof(dpc), EvtDpc, 1};
    WDF_WORKITEM_CONFIG item = {sizeof(item), EvtWorkItem, 1};
    PVOID made;

    if (is_dpc)
        Answer(order, (ULONG)CALL(WdfDpcCreate, &dpc, &below, &made)); /* breaks: wdf-verifier */
    else
        Answer(order, (ULONG)CALL(WdfWorkItemCreate, &item, &below, &made)); /* breaks: wdf-verifier */
}

BOOLEAN Locks(ORDER *order, ULONG code)
{
    long long interval = -10000;

    switch (code) {
    case IOCTL_LEVEL:
        Answer(order, KeGetCurrentIrql());
        break;
    case IOCTL_WAIT:
        Answer(order, (ULONG)KeDelayExecutionThread(0, 0, &interval)); /* breaks: irql */
        break;
    case IOCTL_COUNT:
        Count();
        Answer(order, 0);
        break;
    case IOCTL_COUNT_BY_DPC:
        CALL(WdfDpcEnqueue, SerializedDpc);
        Count();
        Answer(order, (ULONG)DpcStatus);
        break;
    case IOCTL_COUNT_BY_TIMER:
        CALL(WdfTimerStart, SerializedTimer, -1);
        Count();
        Answer(order, (ULONG)DpcStatus);
        break;
    case IOCTL_COUNT_BY_WORK_ITEM:
        CALL(WdfWorkItemEnqueue, SerializedItem);
        Count();
        Answer(order, (ULONG)ItemStatus);
        break;
    case IOCTL_COUNT_BY_FREE_DPC:
        CALL(WdfDpcEnqueue, FreeDpc);
        Count();
        Answer(order, 0);
        break;
#if SCOPE == 3 || DEVICE_SCOPE == 2
    case IOCTL_COUNT_BY_INTERRUPT:
#if LEVEL == PASSIVE || DEVICE_LEVEL == PASSIVE
        CALL(WdfInterruptQueueWorkItemForIsr, Interrupt);
#else
        CALL(WdfInterruptQueueDpcForIsr, Interrupt);
#endif
        Count();
        Answer(order, 0);
        break;
#endif
    case IOCTL_LOCK:
        Answer(order, KeGetCurrentIrql());
        CALL(WdfObjectAcquireLock, order->Queue); /* breaks: lock-recursion */
        Answer(order, KeGetCurrentIrql());
        CALL(WdfObjectReleaseLock, order->Queue);
        Answer(order, KeGetCurrentIrql());
        break;
    case IOCTL_FORWARD:
        Forwarding = 1;
        order->Status = ForwardToSecond(order->Request);
        Forwarding = 0;
        if (order->Status >= 0)
            order->Count = KEPT;
        break;
    case IOCTL_START:
        CALL(WdfIoQueueStart, order->Queue);
        Answer(order, KeGetCurrentIrql());
        break;
    case IOCTL_HAND_ON:
        order->Status = ForwardToSecond(order->Request);
        if (order->Status >= 0)
            order->Count = KEPT;
        break;
    case IOCTL_STOP_SECOND:
        CALL(WdfIoQueueStop, Second, EvtStopped, (PVOID)&Stopped);
        CALL(WdfIoQueueStopSynchronously, Second);
        Answer(order, Stopped);
        break;
    case IOCTL_START_SECOND:
        CALL(WdfIoQueueStart, Second);
        break;
    case IOCTL_PURGE_SECOND:
        CALL(WdfIoQueuePurgeSynchronously, Second);
        CALL(WdfIoQueueStart, Second);
        break;
    case IOCTL_STOP_SELF:
        StopSelf(order);
        break;
    case IOCTL_FLUSH:
        CALL(WdfWorkItemEnqueue, SerializedItem);
        CALL(WdfWorkItemFlush, SerializedItem); /* breaks: hang */
        Answer(order, 0);
        break;
    case IOCTL_DISPATCH_LATE:
        Answer(order, (ULONG)CALL(WdfDeviceConfigureRequestDispatching, Device, Second, WdfRequestTypeWrite));
        break;
    case IOCTL_CANCEL_DPC:
        CancelDpc(order);
        break;
    case IOCTL_STOP_TIMER:
        StopTimer(order);
        break;
    case IOCTL_STOP_IN_TIMER:
        Waiting = *order;
        order->Count = KEPT;
        CALL(WdfTimerStart, StoppingTimer, -1);
        break;
    case IOCTL_CREATE_DPC:
        Mismatched(order, 1);
        break;
    case IOCTL_CREATE_WORK_ITEM:
        Mismatched(order, 0);
        break;
    case IOCTL_PASSIVE_TIMER:
        Waiting = *order;
        order->Count = KEPT;
        CALL(WdfTimerStart, PassiveTimer, -1);
        break;
    default:
        return 0;
    }
    return 1;
}
