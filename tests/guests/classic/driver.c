/* A KMDF driver in C, as Microsoft's tools build one: its requests show what the loader and inlined headers rely on. */

#include "kmdf.h"
#include "protocol.h"

static DRIVER_OBJECT *Driver;
static ULONG_PTR Lock;

typedef NTSTATUS DRIVER_CREATE(
    WDF_DRIVER_GLOBALS *, DRIVER_OBJECT *, UNICODE_STRING *, PVOID, WDF_DRIVER_CONFIG *, WDFDRIVER *);
typedef NTSTATUS DEVICE_CREATE(WDF_DRIVER_GLOBALS *, WDFDEVICE_INIT **, PVOID, WDFDEVICE *);
typedef NTSTATUS DEVICE_CREATE_INTERFACE(WDF_DRIVER_GLOBALS *, WDFDEVICE, const GUID *, UNICODE_STRING *);
typedef NTSTATUS QUEUE_CREATE(WDF_DRIVER_GLOBALS *, WDFDEVICE, WDF_IO_QUEUE_CONFIG *, PVOID, WDFQUEUE *);
typedef NTSTATUS RETRIEVE_OUTPUT(WDF_DRIVER_GLOBALS *, WDFREQUEST, SIZE_T, PVOID *, SIZE_T *);
typedef void COMPLETE(WDF_DRIVER_GLOBALS *, WDFREQUEST, NTSTATUS, ULONG_PTR);

#define WdfDriverCreate ((DRIVER_CREATE *)WdfFunction(116))
#define WdfDeviceCreate ((DEVICE_CREATE *)WdfFunction(75))
#define WdfDeviceCreateDeviceInterface ((DEVICE_CREATE_INTERFACE *)WdfFunction(77))
#define WdfIoQueueCreate ((QUEUE_CREATE *)WdfFunction(152))
#define WdfRequestRetrieveOutputBuffer ((RETRIEVE_OUTPUT *)WdfFunction(270))
#define WdfRequestCompleteWithInformation ((COMPLETE *)WdfFunction(265))

__attribute__((unused)) static const GUID Interface = {0x6f1c2f5e, 0x97a4, 0x4d0c, {0x8c, 0x1e, 0x52, 0x0b, 0x3e, 0x64, 0x7d, 0x19}};

static ULONG Inlines(ULONG64 *answers)
{
    ULONG count = 0;
    ULONG64 before;

    answers[count++] = SHARED(ULONG64, 0x320);
    answers[count++] = SHARED(ULONG64, 0x08);
    answers[count++] = SHARED(ULONG64, 0x14);
    answers[count++] = SHARED(ULONG, 0x26C);
    answers[count++] = SHARED(ULONG, 0x270);
    before = ReadCr8();
    answers[count++] = before;
    WriteCr8(2);
    answers[count++] = ReadCr8();
    WriteCr8(before);
    answers[count++] = ReadCr8();
    answers[count++] = CurrentThread();
    answers[count++] = ProcessorIndex();
    answers[count++] = ProcessorNumber();
    return count;
}

static ULONG Loaded(ULONG64 *answers)
{
    ULONG count = 0;

    answers[count++] = __security_cookie;
    answers[count++] = NtBuildNumber;
    answers[count++] = (ULONG64)IoFileObjectType;
    answers[count++] = WdfFunctionCount;
    answers[count++] = WdfStructureCount;
    answers[count++] = WdfClientVersionHigherThanFramework;
    answers[count++] = WdfStructures ? WdfStructures[20] : 0;
    answers[count++] = WdfStructures ? WdfStructures[42] : 0;
    answers[count++] = Driver->DriverSize;
    answers[count++] = Driver->DriverName.Length;
    answers[count++] = Driver->DriverExtension->ServiceKeyName.Length;
    answers[count++] = (ULONG64)Driver->DriverStart;
    answers[count++] = Driver->HardwareDatabase->Length;
    answers[count++] = Driver->DriverExtension->AddDevice != 0;
    answers[count++] = Driver->MajorFunction[14] != 0;
    answers[count++] = Driver->DeviceObject != 0;
    return count;
}

static PVOID RoutineByName(const WCHAR *name)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, name);
    return MmGetSystemRoutineAddress(&string);
}

static ULONG Routines(ULONG64 *answers)
{
    UNICODE_STRING small, large;
    ULONG version[71] = {sizeof(version)};
    ULONG64 frequency;
    char text[64];
    WCHAR wide[8];
    char *pool;
    ULONG count = 0;

    RtlInitUnicodeString(&small, L"driver");
    RtlInitUnicodeString(&large, L"DRIVER");
    answers[count++] = small.Length << 16 | small.MaximumLength;
    answers[count++] = RtlCompareUnicodeString(&small, &large, 1) == 0 && RtlCompareUnicodeString(&small, &large, 0) > 0;
    answers[count++] = RoutineByName(L"ExFreePoolWithTag") == (PVOID)ExFreePoolWithTag;
    answers[count++] = RoutineByName(L"NoRoutineOfNt") == 0;
    pool = ExAllocatePoolWithTag(1, 32, 0x6C437373);
    memset(pool, 'a', 32);
    answers[count++] = RtlCompareMemory(pool, "aaab", 4);
    ExFreePoolWithTag(pool, 0x6C437373);
    answers[count++] = (ULONG64)RtlGetVersion(version) << 32 | version[1] << 16 | version[3];
    KeQueryPerformanceCounter(&frequency);
    answers[count++] = frequency;
    answers[count++] = KeQueryTimeIncrement();
    answers[count++] = _snprintf(text, sizeof(text), "%s|%5d|%#x|%wZ|%p|%I64u", "a", -3, 0xBEEF, &small, (PVOID)1, ~0ull);
    answers[count++] = RtlCompareMemory(text, "a|   -3|0xbeef|driver|0000000000000001|18446744073709551615", 64);
    answers[count++] = (ULONG)_snwprintf(wide, 8, L"%S is too long", "this");
    answers[count++] = wide[7];
    DbgPrintEx(77, 0, "%u answers of %ls\n", count, small.Buffer);
    return count;
}

/* Its buffer is shorter than what goes in. */
static __attribute__((noinline)) ULONG64 Smash(volatile ULONG length)
{
    volatile UCHAR buffer[16];

    for (ULONG at = 0; at < length; at++)
        buffer[at] = (UCHAR)at;
    return buffer[3];
}

static ULONG64 Target(ULONG64 value)
{
    return value + 1;
}

static ULONG64 (*volatile Pointer)(ULONG64) = Target;

static void EvtIoDeviceControl(WDFQUEUE queue, WDFREQUEST request, SIZE_T output, SIZE_T input, ULONG code)
{
    ULONG64 *answers;
    ULONG count = 1;
    NTSTATUS status = STATUS_SUCCESS;

    (void)queue;
    (void)output;
    (void)input;
    status = WdfRequestRetrieveOutputBuffer(WdfDriverGlobals, request, 16 * sizeof(ULONG64), (PVOID *)&answers, 0);
    if (status < 0) {
        WdfRequestCompleteWithInformation(WdfDriverGlobals, request, status, 0);
        return;
    }
    switch (code) {
    case IOCTL_INLINES:
        count = Inlines(answers);
        break;
    case IOCTL_LOADED:
        count = Loaded(answers);
        break;
    case IOCTL_SMASH:
        answers[0] = Smash(64);
        break;
    case IOCTL_LOWER_TOO_FAR:
        KeInitializeSpinLock(&Lock);
        KeAcquireSpinLockRaiseToDpc(&Lock);
        WriteCr8(0);
        answers[0] = ReadCr8();
        break;
    case IOCTL_NO_LEVEL:
        WriteCr8(16);
        answers[0] = 0;
        break;
    case IOCTL_WILD_CALL:
        answers[0] = Pointer(1);
        Pointer = (ULONG64(*)(ULONG64))((ULONG_PTR)Target + 1);
        answers[0] = Pointer(1);
        break;
    case IOCTL_MISSING_ROUTINE:
        answers[0] = (ULONG64)IoAllocateIrp(1, 0);
        break;
    case IOCTL_MISSING_VARIABLE:
        answers[0] = *NlsLeadByteInfo;
        break;
    case IOCTL_OTHER_OF_PROCESSOR:
        answers[0] = OtherOfProcessor();
        break;
    case IOCTL_ROUTINES:
        count = Routines(answers);
        break;
    case IOCTL_MISSING_BY_NAME:
        answers[0] = ((ULONG64(*)(void))RoutineByName(L"IoAllocateErrorLogEntry"))();
        break;
    case IOCTL_WIDE_FORMAT_RAISED: {
        UCHAR level;

        KeInitializeSpinLock(&Lock);
        level = KeAcquireSpinLockRaiseToDpc(&Lock);
        DbgPrintEx(77, 0, "%ls", L"wide");
        KeReleaseSpinLock(&Lock, level);
        answers[0] = 0;
        break;
    }
    case IOCTL_WRITE_SHARED:
        *(volatile ULONG *)(SHARED_DATA + 0x320) = 0;
        answers[0] = 0;
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
        count = 0;
        break;
    }
    WdfRequestCompleteWithInformation(WdfDriverGlobals, request, status, count * sizeof(ULONG64));
}

static NTSTATUS EvtDeviceAdd(WDFDRIVER driver, WDFDEVICE_INIT *init)
{
    WDF_IO_QUEUE_CONFIG config = {
        .Size = sizeof(config),
        .DispatchType = WdfIoQueueDispatchParallel,
        .PowerManaged = WdfUseDefault,
        .DefaultQueue = 1,
        .EvtIoDeviceControl = EvtIoDeviceControl,
        .NumberOfPresentedRequests = ~0u,
    };
    WDFDEVICE device;
    WDFQUEUE queue;
    NTSTATUS status;

    (void)driver;
    status = WdfDeviceCreate(WdfDriverGlobals, &init, 0, &device);
    if (status < 0)
        return status;
    status = WdfIoQueueCreate(WdfDriverGlobals, device, &config, 0, &queue);
    if (status < 0)
        return status;
#ifdef NO_INTERFACE
    return status;
#else
    return WdfDeviceCreateDeviceInterface(WdfDriverGlobals, device, &Interface, 0);
#endif
}

__attribute__((section("INIT"))) NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    WDF_DRIVER_CONFIG config = {.Size = sizeof(config), .EvtDriverDeviceAdd = EvtDeviceAdd};

    Driver = driver;
    return WdfDriverCreate(WdfDriverGlobals, driver, path, 0, &config, 0);
}
