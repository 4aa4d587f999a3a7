/* What the driver needs of KMDF and NT besides what the other guests have. */

#ifndef TWIN_H
#define TWIN_H

#include "../keeper/wdf.h"

#define STATUS_DEVICE_CONFIGURATION_ERROR ((NTSTATUS)0xC0000182)
#define STATUS_DEVICE_NOT_READY ((NTSTATUS)0xC00000A3)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#define NT_SUCCESS(status) ((status) >= 0)

typedef PVOID WDFCMRESLIST;

#pragma pack(push, 4)
typedef struct {
    UCHAR Type;
    UCHAR ShareDisposition;
    USHORT Flags;
    ULONG64 Start;
    ULONG Length;
    ULONG Rest;
} CM_PARTIAL_RESOURCE_DESCRIPTOR;
#pragma pack(pop)

_Static_assert(sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR) == 20, "as wdm.h has it on x64");

#define CmResourceTypeMemory 3
#define PAGE_READWRITE_NOCACHE 0x204
#define TRUE 1
#define FALSE 0
#define WdfTrue 1
#define WdfIoQueueDispatchSequential 1

typedef NTSTATUS EVT_POWER(WDFDEVICE, ULONG);

typedef struct {
    ULONG Size;
    EVT_POWER *EvtDeviceD0Entry;
    EVT_POWER *EvtDeviceD0EntryPostInterruptsEnabled;
    EVT_POWER *EvtDeviceD0Exit;
    EVT_POWER *EvtDeviceD0ExitPreInterruptsDisabled;
    NTSTATUS (*EvtDevicePrepareHardware)(WDFDEVICE, WDFCMRESLIST, WDFCMRESLIST);
    NTSTATUS (*EvtDeviceReleaseHardware)(WDFDEVICE, WDFCMRESLIST);
    PVOID Others[11];
} WDF_PNPPOWER_EVENT_CALLBACKS;

_Static_assert(sizeof(WDF_PNPPOWER_EVENT_CALLBACKS) == 144, "as wdfdevice.h has it on x64");

#define WdfCmResourceListGetCount WDF(304, ULONG, WDFCMRESLIST)
#define WdfCmResourceListGetDescriptor WDF(305, CM_PARTIAL_RESOURCE_DESCRIPTOR *, WDFCMRESLIST, ULONG)
#define WdfDeviceInitSetPnpPowerEventCallbacks WDF(55, void, WDFDEVICE_INIT *, WDF_PNPPOWER_EVENT_CALLBACKS *)
#define WdfInterruptSynchronize WDF(143, BOOLEAN, WDFINTERRUPT, BOOLEAN (*)(WDFINTERRUPT, PVOID), PVOID)
#define WdfInterruptGetDevice WDF(151, WDFDEVICE, WDFINTERRUPT)
#define WdfIoQueueGetDevice WDF(157, WDFDEVICE, WDFQUEUE)
#define WdfRequestRetrieveInputBuffer WDF(269, NTSTATUS, WDFREQUEST, SIZE_T, PVOID *, SIZE_T *)

__declspec(dllimport) PVOID MmMapIoSpaceEx(ULONG64 Address, SIZE_T Length, ULONG Protect);
__declspec(dllimport) void MmUnmapIoSpace(PVOID Address, SIZE_T Length);

#endif
