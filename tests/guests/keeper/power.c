/* What a driver is called for when its device is started, changes its power and is removed, and what it does by itself
   meanwhile: a timer that reads a register of the device. */

#include "keeper.h"

typedef struct {
    ULONG Size;
    NTSTATUS (*EvtDeviceD0Entry)(WDFDEVICE, ULONG);
    NTSTATUS (*EvtDeviceD0EntryPostInterruptsEnabled)(WDFDEVICE, ULONG);
    NTSTATUS (*EvtDeviceD0Exit)(WDFDEVICE, ULONG);
    NTSTATUS (*EvtDeviceD0ExitPreInterruptsDisabled)(WDFDEVICE, ULONG);
    NTSTATUS (*EvtDevicePrepareHardware)(WDFDEVICE, PVOID, PVOID);
    NTSTATUS (*EvtDeviceReleaseHardware)(WDFDEVICE, PVOID);
    void (*EvtDeviceSelfManagedIoCleanup)(WDFDEVICE);
    void (*EvtDeviceSelfManagedIoFlush)(WDFDEVICE);
    NTSTATUS (*EvtDeviceSelfManagedIoInit)(WDFDEVICE);
    NTSTATUS (*EvtDeviceSelfManagedIoSuspend)(WDFDEVICE);
    NTSTATUS (*EvtDeviceSelfManagedIoRestart)(WDFDEVICE);
    void (*EvtDeviceSurpriseRemoval)(WDFDEVICE);
    NTSTATUS (*EvtDeviceQueryRemove)(WDFDEVICE);
    NTSTATUS (*EvtDeviceQueryStop)(WDFDEVICE);
    void (*EvtDeviceUsageNotification)(WDFDEVICE, ULONG, BOOLEAN);
    void (*EvtDeviceRelationsQuery)(WDFDEVICE, ULONG);
    NTSTATUS (*EvtDeviceUsageNotificationEx)(WDFDEVICE, ULONG, BOOLEAN);
} WDF_PNPPOWER_EVENT_CALLBACKS;

_Static_assert(sizeof(WDF_PNPPOWER_EVENT_CALLBACKS) == 144, "as wdfdevice.h has it on x64");

/* A CM_PARTIAL_RESOURCE_DESCRIPTOR of memory. */
#pragma pack(push, 4)
typedef struct {
    UCHAR Type;
    UCHAR ShareDisposition;
    USHORT Flags;
    ULONG64 Start;
    ULONG Length;
} MEMORY_RESOURCE;
#pragma pack(pop)

#define CmResourceTypeMemory 3
#define PAGE_READWRITE_NOCACHE 0x204

#define WdfDeviceInitSetPnpPowerEventCallbacks WDF(55, void, WDFDEVICE_INIT *, WDF_PNPPOWER_EVENT_CALLBACKS *)
#define WdfCmResourceListGetCount WDF(304, ULONG, PVOID)
#define WdfCmResourceListGetDescriptor WDF(305, MEMORY_RESOURCE *, PVOID, ULONG)

__declspec(dllimport) PVOID MmMapIoSpaceEx(ULONG64 PhysicalAddress, SIZE_T Length, ULONG Protect);
__declspec(dllimport) void MmUnmapIoSpace(PVOID, SIZE_T Length);

enum { NOTHING, POST_INTERRUPTS, PRE_INTERRUPTS, INIT, RESTART, SUSPEND, QUERY_STOP, QUERY_REMOVE };

#ifndef FAILS
#define FAILS NOTHING
#endif

/* The callback that fails. */
static volatile ULONG Fails = FAILS;
static volatile ULONG *Registers;
static SIZE_T Length;
static WDFTIMER Timer;
static volatile ULONG LastRead;

static NTSTATUS Status(ULONG callback)
{
    return Fails == callback ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

static void EvtTick(WDFTIMER timer)
{
    (void)timer;
    LastRead = Registers[0]; /* breaks: bad-mmio */
}

/* Whether a descriptor was at the same place when it was had again, and whether it was as before. */
static ULONG64 SamePlace, Restored;

static void WriteDescriptor(PVOID translated)
{
    MEMORY_RESOURCE *first = CALL(WdfCmResourceListGetDescriptor, translated, 0), before = *first, *again;

    first->Type = 0x7F;
    first->Length = 0;
    again = CALL(WdfCmResourceListGetDescriptor, translated, 0);
    SamePlace = again == first;
    Restored = again->Type == before.Type && again->Length == before.Length;
}

static NTSTATUS EvtPrepareHardware(WDFDEVICE device, PVOID raw, PVOID translated)
{
    WDF_TIMER_CONFIG config = {.Size = sizeof(config), .EvtTimerFunc = EvtTick, .Period = 1};
    WDF_OBJECT_ATTRIBUTES below = ATTRIBUTES(.ParentObject = device);

    (void)raw;
    WriteDescriptor(translated);
    for (ULONG at = 0; at < CALL(WdfCmResourceListGetCount, translated); at++) {
        MEMORY_RESOURCE *found = CALL(WdfCmResourceListGetDescriptor, translated, at);

        if (found->Type == CmResourceTypeMemory && !Registers) {
            Length = found->Length;
            Registers = MmMapIoSpaceEx(found->Start, Length, PAGE_READWRITE_NOCACHE);
        }
    }
    if (!Registers)
        return STATUS_UNSUCCESSFUL;
    return Timer ? STATUS_SUCCESS : CALL(WdfTimerCreate, &config, &below, &Timer);
}

static NTSTATUS EvtReleaseHardware(WDFDEVICE device, PVOID translated)
{
    (void)device;
    (void)translated;
    if (Registers)
        MmUnmapIoSpace((PVOID)Registers, Length);
    Registers = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtD0Entry(WDFDEVICE device, ULONG state)
{
    (void)device;
    (void)state;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPostInterrupts(WDFDEVICE device, ULONG state)
{
    (void)device;
    (void)state;
    return Status(POST_INTERRUPTS);
}

static NTSTATUS EvtPreInterrupts(WDFDEVICE device, ULONG state)
{
    (void)device;
    (void)state;
    return Status(PRE_INTERRUPTS);
}

static NTSTATUS EvtInit(WDFDEVICE device)
{
    (void)device;
    if (Status(INIT) < 0)
        return STATUS_UNSUCCESSFUL;
    CALL(WdfTimerStart, Timer, -10000);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRestart(WDFDEVICE device)
{
    (void)device;
    if (Status(RESTART) < 0)
        return STATUS_UNSUCCESSFUL;
    CALL(WdfTimerStart, Timer, -10000);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSuspend(WDFDEVICE device)
{
    (void)device;
#ifndef FORGETS
    CALL(WdfTimerStop, Timer, 1);
#endif
    return Status(SUSPEND);
}

static void EvtDevice(WDFDEVICE device)
{
    (void)device;
}

static NTSTATUS EvtQueryStop(WDFDEVICE device)
{
    (void)device;
    return Status(QUERY_STOP);
}

static NTSTATUS EvtQueryRemove(WDFDEVICE device)
{
    (void)device;
    return Status(QUERY_REMOVE);
}

static void EvtRelationsQuery(WDFDEVICE device, ULONG type)
{
    (void)device;
    (void)type;
}

static void EvtUsage(WDFDEVICE device, ULONG type, BOOLEAN in)
{
    (void)device;
    (void)type;
    (void)in;
}

void ConfigurePower(WDFDEVICE_INIT *init)
{
    WDF_PNPPOWER_EVENT_CALLBACKS callbacks = {
        .Size = sizeof(callbacks),
        .EvtDeviceD0Entry = EvtD0Entry,
        .EvtDeviceD0EntryPostInterruptsEnabled = EvtPostInterrupts,
        .EvtDeviceD0Exit = EvtD0Entry,
        .EvtDeviceD0ExitPreInterruptsDisabled = EvtPreInterrupts,
        .EvtDevicePrepareHardware = EvtPrepareHardware,
        .EvtDeviceReleaseHardware = EvtReleaseHardware,
        .EvtDeviceSelfManagedIoCleanup = EvtDevice,
        .EvtDeviceSelfManagedIoFlush = EvtDevice,
        .EvtDeviceSelfManagedIoInit = EvtInit,
        .EvtDeviceSelfManagedIoSuspend = EvtSuspend,
        .EvtDeviceSelfManagedIoRestart = EvtRestart,
        .EvtDeviceSurpriseRemoval = EvtDevice,
        .EvtDeviceQueryRemove = EvtQueryRemove,
        .EvtDeviceQueryStop = EvtQueryStop,
        .EvtDeviceUsageNotification = EvtUsage,
        .EvtDeviceRelationsQuery = EvtRelationsQuery,
    };

    CALL(WdfDeviceInitSetPnpPowerEventCallbacks, init, &callbacks);
}

BOOLEAN Powers(ORDER *order, ULONG code)
{
    if (code != IOCTL_DESCRIPTOR)
        return 0;
    Answer(order, SamePlace);
    Answer(order, Restored);
    return 1;
}
