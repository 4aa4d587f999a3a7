/* A KMDF driver of QEMU's edu device in C: the same as examples/framework_interrupt, for the comparison of the two.

   The service routine notes causes, and its DPC counts them. A request raises those of its input, and answers the count. */

#include "twin.h"

#define WINDOW 0x1000
#define CONTROL 0x20
#define STATUS 0x24
#define RAISE 0x60
#define ACKNOWLEDGE 0x64

/* What the service routine, its DPC and requests share: seen and counted are touched under the interrupt lock only. */
typedef struct {
    volatile UCHAR *Registers;
    WDFINTERRUPT Interrupt;
    ULONG Seen;
    ULONG Counted;
} EVENTS;

CONTEXT_TYPE(EVENTS);

static EVENTS *GetContext(WDFDEVICE device)
{
    return CALL(WdfObjectGetTypedContextWorker, device, &EVENTS_TYPE);
}

static ULONG Read(EVENTS *context, ULONG at)
{
    return *(volatile ULONG *)(context->Registers + at);
}

static void Write(EVENTS *context, ULONG at, ULONG value)
{
    *(volatile ULONG *)(context->Registers + at) = value;
}

/* Keeps the device from raising causes by itself, and acknowledges all; the read waits for the writes. */
static void Silence(EVENTS *context)
{
    Write(context, CONTROL, 0);
    Write(context, ACKNOWLEDGE, ~0u);
    Read(context, STATUS);
}

static BOOLEAN Isr(WDFINTERRUPT interrupt, ULONG message)
{
    EVENTS *context = GetContext(CALL(WdfInterruptGetDevice, interrupt));
    ULONG causes = Read(context, STATUS);

    (void)message;
    if (causes == 0)
        return FALSE;
    Write(context, ACKNOWLEDGE, causes);
    context->Seen |= causes;
    CALL(WdfInterruptQueueDpcForIsr, interrupt);
    return TRUE;
}

/* Under the interrupt lock. */
static BOOLEAN Count(WDFINTERRUPT interrupt, PVOID argument)
{
    EVENTS *context = argument;

    (void)interrupt;
    for (; context->Seen; context->Seen &= context->Seen - 1)
        context->Counted++;
    return TRUE;
}

static void Dpc(WDFINTERRUPT interrupt, WDFOBJECT device)
{
    CALL(WdfInterruptSynchronize, interrupt, Count, GetContext(device));
}

static NTSTATUS Enable(WDFINTERRUPT interrupt, WDFDEVICE device)
{
    (void)interrupt;
    Silence(GetContext(device));
    return STATUS_SUCCESS;
}

static NTSTATUS PrepareHardware(WDFDEVICE device, WDFCMRESLIST raw, WDFCMRESLIST translated)
{
    EVENTS *context = GetContext(device);
    ULONG count = CALL(WdfCmResourceListGetCount, translated);

    (void)raw;
    for (ULONG index = 0; index < count; index++) {
        CM_PARTIAL_RESOURCE_DESCRIPTOR *found = CALL(WdfCmResourceListGetDescriptor, translated, index);

        if (found->Type != CmResourceTypeMemory || found->Length < WINDOW)
            continue;
        context->Registers = MmMapIoSpaceEx(found->Start, WINDOW, PAGE_READWRITE_NOCACHE);
        return context->Registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_DEVICE_CONFIGURATION_ERROR;
}

static NTSTATUS ReleaseHardware(WDFDEVICE device, WDFCMRESLIST translated)
{
    EVENTS *context = GetContext(device);

    (void)translated;
    if (context->Registers) {
        MmUnmapIoSpace((PVOID)context->Registers, WINDOW);
        context->Registers = 0;
    }
    return STATUS_SUCCESS;
}

typedef struct {
    EVENTS *Context;
    ULONG Causes;
    ULONG Counted;
} RAISING;

/* Under the interrupt lock. */
static BOOLEAN Raise(WDFINTERRUPT interrupt, PVOID argument)
{
    RAISING *raising = argument;

    (void)interrupt;
    Write(raising->Context, RAISE, raising->Causes);
    raising->Counted = raising->Context->Counted;
    return TRUE;
}

/* The queue is power-managed: the interrupt is connected as long as a request is with the driver. */
static void DeviceControl(WDFQUEUE queue, WDFREQUEST request, SIZE_T out, SIZE_T in, ULONG code)
{
    RAISING raising = {.Context = GetContext(CALL(WdfIoQueueGetDevice, queue))};
    PVOID input, output;
    ULONG_PTR written = 0;
    NTSTATUS status = CALL(WdfRequestRetrieveInputBuffer, request, sizeof(ULONG), &input, 0);

    (void)out, (void)in, (void)code;
    if (NT_SUCCESS(status))
        status = CALL(WdfRequestRetrieveOutputBuffer, request, sizeof(ULONG), &output, 0);
    if (NT_SUCCESS(status)) {
        raising.Causes = *(ULONG *)input;
        CALL(WdfInterruptSynchronize, raising.Context->Interrupt, Raise, &raising);
        *(ULONG *)output = raising.Counted;
        written = sizeof(ULONG);
    }
    CALL(WdfRequestCompleteWithInformation, request, status, written);
}

static NTSTATUS DeviceAdd(WDFDRIVER driver, WDFDEVICE_INIT *init)
{
    static const GUID interface = {0xD1C710E5, 1, 0x4000, {0x80, 0, 0, 0, 0, 0, 0, 0xD4}};
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks = {
        .Size = sizeof(callbacks), .EvtDevicePrepareHardware = PrepareHardware, .EvtDeviceReleaseHardware = ReleaseHardware};
    WDF_OBJECT_ATTRIBUTES attributes = ATTRIBUTES(.ExecutionLevel = PASSIVE, .ContextTypeInfo = &EVENTS_TYPE);
    WDF_INTERRUPT_CONFIG interrupt = {.Size = sizeof(interrupt),
        .ShareVector = WdfUseDefault,
        .EvtInterruptIsr = Isr,
        .EvtInterruptDpc = Dpc,
        .EvtInterruptEnable = Enable,
        .EvtInterruptDisable = Enable,
        .ReportInactiveOnPowerDown = WdfUseDefault};
    WDF_IO_QUEUE_CONFIG queue = {.Size = sizeof(queue),
        .DispatchType = WdfIoQueueDispatchSequential,
        .PowerManaged = WdfTrue,
        .DefaultQueue = TRUE,
        .EvtIoDeviceControl = DeviceControl};
    WDFDEVICE device;
    NTSTATUS status;

    (void)driver;
    CALL(WdfDeviceInitSetPnpPowerEventCallbacks, init, &callbacks);
    status = CALL(WdfDeviceCreate, &init, &attributes, &device);
    if (NT_SUCCESS(status))
        status = CALL(WdfInterruptCreate, device, &interrupt, 0, &GetContext(device)->Interrupt);
    if (NT_SUCCESS(status))
        status = CALL(WdfIoQueueCreate, device, &queue, 0, 0);
    if (NT_SUCCESS(status))
        status = CALL(WdfDeviceCreateDeviceInterface, device, &interface, 0);
    return status;
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    WDF_DRIVER_CONFIG config = {.Size = sizeof(config), .EvtDriverDeviceAdd = DeviceAdd};

    return CALL(WdfDriverCreate, driver, path, 0, &config, 0);
}
