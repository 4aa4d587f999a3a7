/* What a driver and its stub need of KMDF, from the MIT headers of microsoft/Windows-Driver-Frameworks. */

#ifndef KMDF_H
#define KMDF_H

#include "nt.h"

typedef PVOID WDFDRIVER, WDFDEVICE, WDFQUEUE, WDFREQUEST;
typedef struct WDFDEVICE_INIT WDFDEVICE_INIT;

typedef struct {
    WDFDRIVER Driver;
    ULONG DriverFlags;
    ULONG DriverTag;
    char DriverName[32];
    BOOLEAN DisplaceDriverUnload;
} WDF_DRIVER_GLOBALS;

typedef struct {
    ULONG Major;
    ULONG Minor;
    ULONG Build;
} WDF_VERSION;

typedef struct {
    ULONG Size;
    const WCHAR *Component;
    WDF_VERSION Version;
    ULONG FuncCount;
    PVOID *FuncTable;
    PVOID Module;
} WDF_BIND_INFO;

typedef struct {
    WDF_BIND_INFO V1;
    ULONG *MinimumVersionRequired;
    BOOLEAN *ClientVersionHigherThanFramework;
    ULONG *FuncCountPtr;
    ULONG *StructCountPtr;
    SIZE_T **StructTable;
} WDF_BIND_INFO2;

typedef struct {
    ULONG Size;
    const WCHAR *ClassName;
    WDF_VERSION Version;
    PVOID ClientBindClass;
    PVOID ClientUnbindClass;
    PVOID ClassModule;
} WDF_CLASS_BIND_INFO;

_Static_assert(sizeof(WDF_BIND_INFO) == 48, "as fxldr.h has it on x64");
_Static_assert(sizeof(WDF_BIND_INFO2) == 88, "as fxldr.h has it on x64");

__declspec(dllimport) NTSTATUS WdfVersionBind(DRIVER_OBJECT *, UNICODE_STRING *, PVOID, WDF_DRIVER_GLOBALS **);
__declspec(dllimport) NTSTATUS WdfVersionUnbind(UNICODE_STRING *, PVOID, WDF_DRIVER_GLOBALS *);
__declspec(dllimport) NTSTATUS WdfVersionBindClass(PVOID, WDF_DRIVER_GLOBALS *, WDF_CLASS_BIND_INFO *);
__declspec(dllimport) void WdfVersionUnbindClass(PVOID, WDF_DRIVER_GLOBALS *, WDF_CLASS_BIND_INFO *);

typedef struct {
    ULONG Size;
    NTSTATUS (*EvtDriverDeviceAdd)(WDFDRIVER, WDFDEVICE_INIT *);
    void (*EvtDriverUnload)(WDFDRIVER);
    ULONG DriverInitFlags;
    ULONG DriverPoolTag;
} WDF_DRIVER_CONFIG;

typedef struct {
    ULONG Size;
    ULONG DispatchType;
    ULONG PowerManaged;
    BOOLEAN AllowZeroLengthRequests;
    BOOLEAN DefaultQueue;
    PVOID EvtIoDefault;
    PVOID EvtIoRead;
    PVOID EvtIoWrite;
    void (*EvtIoDeviceControl)(WDFQUEUE, WDFREQUEST, SIZE_T, SIZE_T, ULONG);
    PVOID EvtIoInternalDeviceControl;
    PVOID EvtIoStop;
    PVOID EvtIoResume;
    PVOID EvtIoCanceledOnQueue;
    ULONG NumberOfPresentedRequests;
    WDFDRIVER Driver;
} WDF_IO_QUEUE_CONFIG;

_Static_assert(sizeof(WDF_IO_QUEUE_CONFIG) == 96, "as wdfio.h has it on x64");

#define WdfIoQueueDispatchParallel 2
#define WdfUseDefault 2

/* What the stub has for the driver. */
extern WDF_DRIVER_GLOBALS *WdfDriverGlobals;
extern ULONG WdfFunctionCount, WdfStructureCount, WdfMinimumVersionRequired;
extern BOOLEAN WdfClientVersionHigherThanFramework;
extern SIZE_T *WdfStructures;
extern ULONG64 __security_cookie;

/* The function of an index: the table is the stub's own where the framework fills one. */
PVOID WdfFunction(ULONG index);

NTSTATUS DriverEntry(DRIVER_OBJECT *, UNICODE_STRING *);

#endif
