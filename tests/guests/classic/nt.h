/* What a driver on x64 needs of NT, declared from Microsoft's documentation: no header of a kit is used here. */

#ifndef NT_H
#define NT_H

typedef unsigned char UCHAR, BOOLEAN;
typedef unsigned short USHORT, WCHAR;
typedef unsigned int ULONG;
typedef int LONG, NTSTATUS;
typedef unsigned long long ULONG64, SIZE_T, ULONG_PTR;
typedef void *PVOID;

#define STATUS_SUCCESS 0
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
#define STATUS_INVALID_DEVICE_REQUEST ((NTSTATUS)0xC0000010)

typedef struct {
    USHORT Length;
    USHORT MaximumLength;
    WCHAR *Buffer;
} UNICODE_STRING;

typedef struct DRIVER_OBJECT DRIVER_OBJECT;

typedef struct {
    DRIVER_OBJECT *DriverObject;
    PVOID AddDevice;
    ULONG Count;
    UNICODE_STRING ServiceKeyName;
} DRIVER_EXTENSION;

struct DRIVER_OBJECT {
    USHORT Type;
    USHORT Size;
    PVOID DeviceObject;
    ULONG Flags;
    PVOID DriverStart;
    ULONG DriverSize;
    PVOID DriverSection;
    DRIVER_EXTENSION *DriverExtension;
    UNICODE_STRING DriverName;
    UNICODE_STRING *HardwareDatabase;
    PVOID FastIoDispatch;
    PVOID DriverInit;
    PVOID DriverStartIo;
    void (*DriverUnload)(DRIVER_OBJECT *);
    PVOID MajorFunction[28];
};

_Static_assert(sizeof(DRIVER_OBJECT) == 336, "as wdm.h has it on x64");

typedef struct {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    UCHAR Data4[8];
} GUID;

/* What a compiler calls for itself, and the stub has. */
void *memset(void *to, int value, SIZE_T length);
void *memcpy(void *to, const void *from, SIZE_T length);

/* A variable of NT's is reached through the import address table, as its address. */
__declspec(dllimport) extern ULONG NtBuildNumber;
__declspec(dllimport) extern PVOID IoFileObjectType;
__declspec(dllimport) extern UCHAR *NlsLeadByteInfo;

__declspec(dllimport) void KeInitializeSpinLock(ULONG_PTR *SpinLock);
__declspec(dllimport) UCHAR KeAcquireSpinLockRaiseToDpc(ULONG_PTR *SpinLock);
__declspec(dllimport) void KeReleaseSpinLock(ULONG_PTR *SpinLock, UCHAR Irql);
__declspec(dllimport) void RtlInitUnicodeString(UNICODE_STRING *To, const WCHAR *From);
__declspec(dllimport) LONG RtlCompareUnicodeString(const UNICODE_STRING *, const UNICODE_STRING *, BOOLEAN AnyCase);
__declspec(dllimport) SIZE_T RtlCompareMemory(const void *, const void *, SIZE_T);
__declspec(dllimport) PVOID MmGetSystemRoutineAddress(UNICODE_STRING *Name);
__declspec(dllimport) PVOID ExAllocatePoolWithTag(ULONG PoolType, SIZE_T Length, ULONG Tag);
__declspec(dllimport) void ExFreePoolWithTag(PVOID, ULONG Tag);
__declspec(dllimport) NTSTATUS RtlGetVersion(ULONG *Information);
__declspec(dllimport) ULONG64 KeQueryPerformanceCounter(ULONG64 *Frequency);
__declspec(dllimport) ULONG KeQueryTimeIncrement(void);
__declspec(dllimport) int _snprintf(char *, SIZE_T, const char *, ...);
__declspec(dllimport) int _snwprintf(WCHAR *, SIZE_T, const WCHAR *, ...);
__declspec(dllimport) ULONG DbgPrintEx(ULONG Component, ULONG Level, const char *, ...);
__declspec(dllimport) PVOID IoAllocateIrp(char StackSize, BOOLEAN ChargeQuota);

/* What wdm.h has inline on x64. */

#define SHARED_DATA 0xFFFFF78000000000ull
#define SHARED(type, offset) (*(volatile const type *)(SHARED_DATA + (offset)))

static inline ULONG64 ReadCr8(void)
{
    ULONG64 level;
    __asm__ volatile("mov %%cr8, %0" : "=r"(level));
    return level;
}

static inline void WriteCr8(ULONG64 level)
{
    __asm__ volatile("mov %0, %%cr8" : : "r"(level) : "memory");
}

static inline ULONG64 CurrentThread(void)
{
    ULONG64 thread;
    __asm__ volatile("movq %%gs:0x188, %0" : "=r"(thread));
    return thread;
}

static inline ULONG ProcessorIndex(void)
{
    ULONG number;
    __asm__ volatile("movl %%gs:0x1A4, %0" : "=r"(number));
    return number;
}

static inline ULONG ProcessorNumber(void)
{
    ULONG number;
    __asm__ volatile("movzbl %%gs:0x184, %0" : "=r"(number));
    return number;
}

static inline ULONG64 OtherOfProcessor(void)
{
    ULONG64 value;
    __asm__ volatile("movq %%gs:0x20, %0" : "=r"(value));
    return value;
}

static inline __attribute__((noreturn)) void FastFail(ULONG code)
{
    __asm__ volatile("int $0x29" : : "c"(code));
    __builtin_unreachable();
}

#endif
