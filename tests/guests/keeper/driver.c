/* A KMDF driver that keeps what the framework promises, and breaks it: the device and its orders. */

#include "keeper.h"

#ifndef DRIVER_SCOPE
#define DRIVER_SCOPE INHERITED
#endif
#ifndef SCOPE
#define SCOPE INHERITED
#endif
#ifndef LEVEL
#define LEVEL INHERITED
#endif
#ifndef DEVICE_SCOPE
#define DEVICE_SCOPE INHERITED
#endif
#ifndef DEVICE_LEVEL
#define DEVICE_LEVEL INHERITED
#endif

/* The device is opened by a name, by one program at a time. */
#ifdef ELSEWHERE
__attribute__((unused)) static UNICODE_STRING Link = {14, 16, (WCHAR *)L"\\Keeper"};
#else
__attribute__((unused)) static UNICODE_STRING Link = {36, 38, (WCHAR *)L"\\DosDevices\\Keeper"};
#endif

__attribute__((unused)) static const GUID Interface = {0x1d5c62a4, 0x0f37, 0x4b8e, {0x9a, 0x40, 0x7c, 0x55, 0x21, 0xd3, 0x6e, 0x18}};

WDFDEVICE Device;
DRIVER_OBJECT *Driver;

void Complete(WDFREQUEST request, NTSTATUS status, ULONG count)
{
    CALL(WdfRequestCompleteWithInformation, request, status, count * sizeof(ULONG64));
}

void Answer(ORDER *order, ULONG64 value)
{
    order->Answers[order->Count++] = value;
}

static void EvtIoDeviceControl(WDFQUEUE queue, WDFREQUEST request, SIZE_T output, SIZE_T input, ULONG code)
{
    ORDER order = {.Queue = queue, .Request = request};
    NTSTATUS status;

    (void)output;
    (void)input;
    if (ServeCaller(request, code))
        return;
    status = CALL(WdfRequestRetrieveOutputBuffer, request, ANSWERS * sizeof(ULONG64), (PVOID *)&order.Answers, 0);
    if (status < 0) {
        Complete(request, status, 0);
        return;
    }
    if (!Locks(&order, code) && !Ends(&order, code) && !Files(&order, code) && !Objects(&order, code) &&
        !Disks(&order, code) && !Keys(&order, code) && !Callers(&order, code) && !Powers(&order, code))
        order.Status = STATUS_INVALID_DEVICE_REQUEST;
    if (order.Count != KEPT)
        Complete(request, order.Status, order.Count);
}

static NTSTATUS MakeDevice(WDFDRIVER driver, WDFDEVICE_INIT *init)
{
    WDF_IO_QUEUE_CONFIG config = {
        .Size = sizeof(config),
        .DispatchType = WdfIoQueueDispatchParallel,
        .PowerManaged = WdfUseDefault,
        .DefaultQueue = 1,
        .EvtIoRead = EvtRead,
        .EvtIoDeviceControl = EvtIoDeviceControl,
        .NumberOfPresentedRequests = ~0u,
    };
    WDF_OBJECT_ATTRIBUTES device = ATTRIBUTES(.SynchronizationScope = DEVICE_SCOPE, .ExecutionLevel = DEVICE_LEVEL);
    WDF_OBJECT_ATTRIBUTES attributes = ATTRIBUTES(.SynchronizationScope = SCOPE, .ExecutionLevel = LEVEL);
    WDFQUEUE queue;
    NTSTATUS status;

    (void)driver;
    MakeEnds();
#ifdef ADD_LOCKS
    CALL(WdfObjectAcquireLock, driver); /* breaks: lock-recursion */
    CALL(WdfObjectReleaseLock, driver);
#endif
    ConfigureFiles(init);
#ifdef LINK
    CALL(WdfDeviceInitSetExclusive, init, 1);
    CALL(WdfDeviceInitSetDeviceType, init, 0x22);
    CALL(WdfDeviceInitSetCharacteristics, init, 0x100, 1);
#endif
#ifdef POWER
    ConfigurePower(init);
#endif
#ifdef IO_TYPE
    CALL(WdfDeviceInitSetIoType, init, IO_TYPE);
#endif
    CALL(WdfDeviceInitSetRequestAttributes, init, &RequestAttributes);
    status = CALL(WdfDeviceCreate, &init, &device, &Device);
    if (status < 0)
        return status;
    status = CALL(WdfIoQueueCreate, Device, &config, &attributes, &queue);
    if (status < 0)
        return status;
    status = MakeLocks(queue);
    if (status >= 0)
        status = MakeObjects();
    if (status < 0)
        return status;
#ifdef LINK
    return CALL(WdfDeviceCreateSymbolicLink, Device, &Link);
#else
    return CALL(WdfDeviceCreateDeviceInterface, Device, &Interface, 0);
#endif
}

#ifdef CONTROL
/* Sees each request before a queue has it. */
static void EvtIoInCallerContext(WDFDEVICE device, WDFREQUEST request)
{
    NTSTATUS status = LockCaller(request);

    if (status >= 0)
        status = CALL(WdfDeviceEnqueueRequest, device, request);
#ifdef ENQUEUES_TWICE
    status = CALL(WdfDeviceEnqueueRequest, device, request); /* breaks: request-misuse */
#endif
    if (status < 0)
        Complete(request, status, 0);
}

/* The device of a driver that has none of the PnP manager's. */
static NTSTATUS MakeControl(WDFDRIVER driver)
{
    static UNICODE_STRING Everyone = {30, 32, (WCHAR *)L"D:P(A;;GA;;;WD)"};
    static UNICODE_STRING Kernel = {6, 8, (WCHAR *)L"D:P"};
    static UNICODE_STRING Name = {28, 30, (WCHAR *)L"\\Device\\Keeper"};
    WDFDEVICE_INIT *init = CALL(WdfControlDeviceInitAllocate, driver, &Everyone);
    NTSTATUS status;

    if (!init)
        return STATUS_UNSUCCESSFUL;
    CALL(WdfDeviceInitSetIoInCallerContextCallback, init, EvtIoInCallerContext);
#ifdef UNNAMED
    status = CALL(WdfDeviceInitAssignName, init, 0);
    (void)Name;
#else
    status = CALL(WdfDeviceInitAssignName, init, &Name);
#endif
#ifdef KERNEL_ONLY
    if (status >= 0)
        status = CALL(WdfDeviceInitAssignSDDLString, init, &Kernel);
#else
    (void)Kernel;
#endif
    if (status >= 0)
        status = MakeDevice(driver, init);
    if (status >= 0)
        CALL(WdfControlFinishInitializing, Device);
    return status;
}
#else
static NTSTATUS EvtDeviceAdd(WDFDRIVER driver, WDFDEVICE_INIT *init)
{
    return MakeDevice(driver, init);
}
#endif

/* Where most drivers end their tracing. */
static void EvtDriverCleanup(WDFOBJECT driver)
{
    (void)driver;
}

static void EvtDriverUnload(WDFDRIVER driver)
{
    (void)driver;
}

#ifdef PORT
/* The driver's own, for it keeps its dispatch table. */
static void Unload(DRIVER_OBJECT *driver)
{
    (void)driver;
}
#endif

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    WDF_DRIVER_CONFIG config = {
        .Size = sizeof(config),
        .EvtDriverUnload = EvtDriverUnload,
#ifdef CONTROL
        .DriverInitFlags = WdfDriverInitNonPnpDriver,
#elif defined(PORT)
        .DriverInitFlags = WdfDriverInitNoDispatchOverride,
        .EvtDriverDeviceAdd = EvtDeviceAdd,
#else
        .EvtDriverDeviceAdd = EvtDeviceAdd,
#endif
    };
    WDF_OBJECT_ATTRIBUTES attributes =
        ATTRIBUTES(.EvtCleanupCallback = EvtDriverCleanup, .SynchronizationScope = DRIVER_SCOPE);
    NTSTATUS status;
#ifdef PORT
    PVOID create = driver->MajorFunction[0];
#endif

    Driver = driver;
    status = CALL(WdfDriverCreate, driver, path, &attributes, &config, 0);
#ifdef CONTROL
    if (status >= 0)
        status = MakeControl(WdfDriverGlobals->Driver);
#endif

#ifdef PORT
    if (status >= 0 && (driver->MajorFunction[0] != create || driver->DriverUnload || driver->DriverExtension->AddDevice))
        status = STATUS_UNSUCCESSFUL;
    driver->DriverUnload = Unload;
#endif
#ifdef ENTRY_FAILS
    if (status >= 0)
        status = STATUS_UNSUCCESSFUL;
#endif
    return status;
}
