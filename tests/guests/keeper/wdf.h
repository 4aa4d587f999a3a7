/* The functions of KMDF that the driver calls, and their structures, from the MIT headers of
   microsoft/Windows-Driver-Frameworks. */

#ifndef WDF_H
#define WDF_H

#include "../classic/kmdf.h"

typedef PVOID WDFOBJECT, WDFDPC, WDFTIMER, WDFWORKITEM, WDFFILEOBJECT, WDFINTERRUPT;

#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001)

typedef struct {
    ULONG Size;
    const char *ContextName;
    SIZE_T ContextSize;
    const void *UniqueType;
    PVOID EvtDriverGetUniqueContextType;
} WDF_OBJECT_CONTEXT_TYPE_INFO;

typedef struct {
    ULONG Size;
    void (*EvtCleanupCallback)(WDFOBJECT);
    void (*EvtDestroyCallback)(WDFOBJECT);
    ULONG ExecutionLevel;
    ULONG SynchronizationScope;
    WDFOBJECT ParentObject;
    SIZE_T ContextSizeOverride;
    const WDF_OBJECT_CONTEXT_TYPE_INFO *ContextTypeInfo;
} WDF_OBJECT_ATTRIBUTES;

_Static_assert(sizeof(WDF_OBJECT_ATTRIBUTES) == 56, "as wdfobject.h has it on x64");

#define INHERITED 1
#define PASSIVE 2
#define NONE 4

/* WDF_OBJECT_ATTRIBUTES_INIT, and what a caller sets, which overrides it. */
#pragma clang diagnostic ignored "-Winitializer-overrides"
#define ATTRIBUTES(...) \
    {.Size = sizeof(WDF_OBJECT_ATTRIBUTES), .ExecutionLevel = INHERITED, .SynchronizationScope = INHERITED, __VA_ARGS__}

/* A context type, by the name of its structure. */
#define CONTEXT_TYPE(type) \
    static const WDF_OBJECT_CONTEXT_TYPE_INFO type##_TYPE = {sizeof(type##_TYPE), #type, sizeof(type), &type##_TYPE, 0}

typedef struct {
    ULONG Size;
    void (*EvtDpcFunc)(WDFDPC);
    BOOLEAN AutomaticSerialization;
} WDF_DPC_CONFIG;

typedef struct {
    ULONG Size;
    void (*EvtTimerFunc)(WDFTIMER);
    ULONG Period;
    BOOLEAN AutomaticSerialization;
    ULONG TolerableDelay;
    _Alignas(8) BOOLEAN UseHighResolutionTimer;
} WDF_TIMER_CONFIG;

typedef struct {
    ULONG Size;
    void (*EvtWorkItemFunc)(WDFWORKITEM);
    BOOLEAN AutomaticSerialization;
} WDF_WORKITEM_CONFIG;

_Static_assert(sizeof(WDF_TIMER_CONFIG) == 40, "as wdftimer.h has it on x64");

typedef struct {
    ULONG Size;
    PVOID SpinLock;
    ULONG ShareVector;
    BOOLEAN FloatingSave;
    BOOLEAN AutomaticSerialization;
    BOOLEAN (*EvtInterruptIsr)(WDFINTERRUPT, ULONG);
    void (*EvtInterruptDpc)(WDFINTERRUPT, WDFOBJECT);
    PVOID EvtInterruptEnable;
    PVOID EvtInterruptDisable;
    void (*EvtInterruptWorkItem)(WDFINTERRUPT, WDFOBJECT);
    PVOID InterruptRaw;
    PVOID InterruptTranslated;
    PVOID WaitLock;
    BOOLEAN PassiveHandling;
    ULONG ReportInactiveOnPowerDown;
    BOOLEAN CanWakeDevice;
} WDF_INTERRUPT_CONFIG;

_Static_assert(sizeof(WDF_INTERRUPT_CONFIG) == 104, "as wdfinterrupt.h has it on x64");

/* Of a device control request. */
typedef struct {
    USHORT Size;
    UCHAR MinorFunction;
    ULONG Type;
    SIZE_T OutputBufferLength;
    SIZE_T InputBufferLength;
    _Alignas(8) ULONG IoControlCode;
    PVOID Type3InputBuffer;
} WDF_REQUEST_PARAMETERS;

_Static_assert(sizeof(WDF_REQUEST_PARAMETERS) == 40, "as wdfrequest.h has it on x64");

#define WdfIoQueueDispatchManual 3
#define WdfFalse 0
#define WdfDriverInitNonPnpDriver 1
#define WdfDriverInitNoDispatchOverride 2
#define WdfRequestTypeRead 3
#define WdfRequestTypeWrite 4

/* A function of an index, with what it returns and takes behind the driver's globals. */
#define WDF(index, result, ...) ((result(*)(WDF_DRIVER_GLOBALS *, __VA_ARGS__))WdfFunction(index))
#define CALL(function, ...) (function)(WdfDriverGlobals, __VA_ARGS__)

#define WdfCollectionCreate WDF(13, NTSTATUS, WDF_OBJECT_ATTRIBUTES *, WDFOBJECT *)
#define WdfCollectionGetCount WDF(14, ULONG, WDFOBJECT)
#define WdfCollectionAdd WDF(15, NTSTATUS, WDFOBJECT, WDFOBJECT)
#define WdfCollectionRemove WDF(16, void, WDFOBJECT, WDFOBJECT)
#define WdfCollectionRemoveItem WDF(17, void, WDFOBJECT, ULONG)
#define WdfCollectionGetItem WDF(18, WDFOBJECT, WDFOBJECT, ULONG)
#define WdfCollectionGetFirstItem WDF(19, WDFOBJECT, WDFOBJECT)
#define WdfCollectionGetLastItem WDF(20, WDFOBJECT, WDFOBJECT)
#define WdfControlDeviceInitAllocate WDF(25, WDFDEVICE_INIT *, WDFDRIVER, UNICODE_STRING *)
#define WdfControlFinishInitializing WDF(27, void, WDFDEVICE)
#define WdfDeviceEnqueueRequest WDF(91, NTSTATUS, WDFDEVICE, WDFREQUEST)
#define WdfDeviceInitAssignName WDF(67, NTSTATUS, WDFDEVICE_INIT *, UNICODE_STRING *)
#define WdfDeviceInitSetIoInCallerContextCallback WDF(74, void, WDFDEVICE_INIT *, void (*)(WDFDEVICE, WDFREQUEST))
#define WdfDeviceGetDriver WDF(39, WDFDRIVER, WDFDEVICE)
#define WdfDeviceInitSetDeviceType WDF(66, void, WDFDEVICE_INIT *, ULONG)
#define WdfDeviceInitSetCharacteristics WDF(70, void, WDFDEVICE_INIT *, ULONG, BOOLEAN)
#define WdfDeviceGetDefaultQueue WDF(92, WDFQUEUE, WDFDEVICE)
#define WdfDeviceConfigureRequestDispatching WDF(93, NTSTATUS, WDFDEVICE, WDFQUEUE, ULONG)
#define WdfDeviceInitAssignSDDLString WDF(68, NTSTATUS, WDFDEVICE_INIT *, UNICODE_STRING *)
#define WdfDeviceInitSetIoType WDF(61, void, WDFDEVICE_INIT *, ULONG)
#define WdfDeviceInitSetExclusive WDF(62, void, WDFDEVICE_INIT *, BOOLEAN)
#define WdfDeviceInitSetRequestAttributes WDF(72, void, WDFDEVICE_INIT *, WDF_OBJECT_ATTRIBUTES *)
#define WdfDeviceCreate WDF(75, NTSTATUS, WDFDEVICE_INIT **, WDF_OBJECT_ATTRIBUTES *, WDFDEVICE *)
#define WdfDeviceCreateDeviceInterface WDF(77, NTSTATUS, WDFDEVICE, const GUID *, UNICODE_STRING *)
#define WdfDeviceCreateSymbolicLink WDF(80, NTSTATUS, WDFDEVICE, UNICODE_STRING *)
#define WdfDpcCreate WDF(111, NTSTATUS, WDF_DPC_CONFIG *, WDF_OBJECT_ATTRIBUTES *, WDFDPC *)
#define WdfDpcCancel WDF(113, BOOLEAN, WDFDPC, BOOLEAN)
#define WdfDpcEnqueue WDF(112, BOOLEAN, WDFDPC)
#define WdfDriverCreate \
    WDF(116, NTSTATUS, DRIVER_OBJECT *, UNICODE_STRING *, WDF_OBJECT_ATTRIBUTES *, WDF_DRIVER_CONFIG *, WDFDRIVER *)
#define WdfDriverGetRegistryPath WDF(117, WCHAR *, WDFDRIVER)
#define WdfDriverWdmGetDriverObject WDF(118, DRIVER_OBJECT *, WDFDRIVER)
#define WdfInterruptCreate WDF(141, NTSTATUS, WDFDEVICE, WDF_INTERRUPT_CONFIG *, WDF_OBJECT_ATTRIBUTES *, WDFINTERRUPT *)
#define WdfInterruptQueueDpcForIsr WDF(142, BOOLEAN, WDFINTERRUPT)
#define WdfInterruptQueueWorkItemForIsr WDF(416, BOOLEAN, WDFINTERRUPT)
#define WdfIoQueueCreate WDF(152, NTSTATUS, WDFDEVICE, WDF_IO_QUEUE_CONFIG *, WDF_OBJECT_ATTRIBUTES *, WDFQUEUE *)
#define WdfIoQueueStart WDF(154, void, WDFQUEUE)
#define WdfMemoryCreate WDF(192, NTSTATUS, WDF_OBJECT_ATTRIBUTES *, ULONG, ULONG, SIZE_T, WDFOBJECT *, PVOID *)
#define WdfMemoryGetBuffer WDF(194, PVOID, WDFOBJECT, SIZE_T *)
#define WdfMemoryCopyToBuffer WDF(196, NTSTATUS, WDFOBJECT, SIZE_T, PVOID, SIZE_T)
#define WdfMemoryCopyFromBuffer WDF(197, NTSTATUS, WDFOBJECT, SIZE_T, PVOID, SIZE_T)
#define WdfIoQueueStop WDF(155, void, WDFQUEUE, void (*)(WDFQUEUE, PVOID), PVOID)
#define WdfIoQueueStopSynchronously WDF(156, void, WDFQUEUE)
#define WdfIoQueuePurgeSynchronously WDF(164, void, WDFQUEUE)
#define WdfObjectGetTypedContextWorker WDF(202, PVOID, WDFOBJECT, const WDF_OBJECT_CONTEXT_TYPE_INFO *)
#define WdfObjectAllocateContext WDF(203, NTSTATUS, WDFOBJECT, WDF_OBJECT_ATTRIBUTES *, PVOID *)
#define WdfObjectContextGetObject WDF(204, WDFOBJECT, PVOID)
#define WdfObjectReferenceActual WDF(205, void, WDFOBJECT, PVOID, LONG, const char *)
#define WdfObjectDereferenceActual WDF(206, void, WDFOBJECT, PVOID, LONG, const char *)
#define WdfObjectCreate WDF(207, NTSTATUS, WDF_OBJECT_ATTRIBUTES *, WDFOBJECT *)
#define WdfObjectDelete WDF(208, void, WDFOBJECT)
#define WdfRequestCompleteWithInformation WDF(265, void, WDFREQUEST, NTSTATUS, ULONG_PTR)
#define WdfRequestRetrieveOutputMemory WDF(268, NTSTATUS, WDFREQUEST, WDFOBJECT *)
#define WdfRequestRetrieveOutputBuffer WDF(270, NTSTATUS, WDFREQUEST, SIZE_T, PVOID *, SIZE_T *)
#define WdfRequestIsCanceled WDF(257, BOOLEAN, WDFREQUEST)
#define WdfRequestMarkCancelableEx WDF(393, NTSTATUS, WDFREQUEST, void (*)(WDFREQUEST))
#define WdfRequestGetParameters WDF(266, void, WDFREQUEST, WDF_REQUEST_PARAMETERS *)
#define WdfRequestGetInformation WDF(276, ULONG_PTR, WDFREQUEST)
#define WdfRequestGetRequestorMode WDF(280, char, WDFREQUEST)
#define WdfRequestForwardToIoQueue WDF(281, NTSTATUS, WDFREQUEST, WDFQUEUE)
#define WdfStringCreate WDF(308, NTSTATUS, UNICODE_STRING *, WDF_OBJECT_ATTRIBUTES *, WDFOBJECT *)
#define WdfStringGetUnicodeString WDF(309, void, WDFOBJECT, UNICODE_STRING *)
#define WdfObjectAcquireLock WDF(310, void, WDFOBJECT)
#define WdfObjectReleaseLock WDF(311, void, WDFOBJECT)
#define WdfWaitLockCreate WDF(312, NTSTATUS, WDF_OBJECT_ATTRIBUTES *, WDFOBJECT *)
#define WdfWaitLockAcquire WDF(313, NTSTATUS, WDFOBJECT, long long *)
#define WdfWaitLockRelease WDF(314, void, WDFOBJECT)
#define WdfTimerCreate WDF(318, NTSTATUS, WDF_TIMER_CONFIG *, WDF_OBJECT_ATTRIBUTES *, WDFTIMER *)
#define WdfTimerStart WDF(319, BOOLEAN, WDFTIMER, long long)
#define WdfTimerStop WDF(320, BOOLEAN, WDFTIMER, BOOLEAN)
#define WdfWorkItemCreate WDF(379, NTSTATUS, WDF_WORKITEM_CONFIG *, WDF_OBJECT_ATTRIBUTES *, WDFWORKITEM *)
#define WdfWorkItemEnqueue WDF(380, void, WDFWORKITEM)
#define WdfWorkItemFlush WDF(382, void, WDFWORKITEM)

/* What of NT the driver calls. */
__declspec(dllimport) UCHAR KeGetCurrentIrql(void);
__declspec(dllimport) NTSTATUS KeDelayExecutionThread(char WaitMode, BOOLEAN Alertable, long long *Interval);

#endif
