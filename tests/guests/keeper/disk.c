/* Files of the system's that the driver opens, and texts. */

#include "keeper.h"

typedef struct {
    ULONG Length;
    PVOID RootDirectory;
    UNICODE_STRING *ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES;

typedef struct {
    NTSTATUS Status;
    ULONG_PTR Information;
} IO_STATUS_BLOCK;

#define OBJ_KERNEL_HANDLE 0x200
#define SYNCHRONIZE 0x100000
#define GENERIC_READ 0x80000000
#define GENERIC_WRITE 0x40000000
#define FILE_SHARE_READ 1
#define FILE_OPEN 1
#define FILE_CREATE 2
#define FILE_OPEN_IF 3
#define FILE_OVERWRITE 4
#define FILE_SYNCHRONOUS_IO_NONALERT 0x20
#define FILE_NON_DIRECTORY_FILE 0x40
#define FilePositionInformation 14
#define FileEndOfFileInformation 20

__declspec(dllimport) NTSTATUS ZwCreateFile(PVOID *, ULONG, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, long long *, ULONG,
                                            ULONG, ULONG, ULONG, PVOID, ULONG);
__declspec(dllimport) NTSTATUS ZwOpenFile(PVOID *, ULONG, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG);
__declspec(dllimport) NTSTATUS ZwReadFile(PVOID, PVOID, PVOID, PVOID, IO_STATUS_BLOCK *, PVOID, ULONG, long long *,
                                          ULONG *);
__declspec(dllimport) NTSTATUS ZwWriteFile(PVOID, PVOID, PVOID, PVOID, IO_STATUS_BLOCK *, PVOID, ULONG, long long *,
                                           ULONG *);
__declspec(dllimport) NTSTATUS ZwSetInformationFile(PVOID, IO_STATUS_BLOCK *, PVOID, ULONG, ULONG);
__declspec(dllimport) NTSTATUS ZwQueryInformationFile(PVOID, IO_STATUS_BLOCK *, PVOID, ULONG, ULONG);
__declspec(dllimport) NTSTATUS ZwClose(PVOID);
__declspec(dllimport) NTSTATUS RtlAppendUnicodeStringToString(UNICODE_STRING *, const UNICODE_STRING *);
__declspec(dllimport) NTSTATUS RtlAppendUnicodeToString(UNICODE_STRING *, const WCHAR *);
__declspec(dllimport) int wcscpy_s(WCHAR *, SIZE_T, const WCHAR *);
__declspec(dllimport) int wcscat_s(WCHAR *, SIZE_T, const WCHAR *);

static PVOID Kept;

/* Opens a file with a disposition, and answers with the status and what was done. */
static NOINLINE PVOID Open(ORDER *order, const WCHAR *name, ULONG disposition)
{
    UNICODE_STRING path;
    OBJECT_ATTRIBUTES attributes = {sizeof(attributes), 0, &path, OBJ_KERNEL_HANDLE, 0, 0};
    IO_STATUS_BLOCK block = {0};
    PVOID file = 0;
    NTSTATUS status;

    RtlInitUnicodeString(&path, name);
    status = ZwCreateFile(&file, SYNCHRONIZE | GENERIC_READ | GENERIC_WRITE, &attributes, &block, 0, 0, /* breaks: irql */ /* breaks: object-leak */
                          FILE_SHARE_READ, disposition, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, 0, 0);
    Answer(order, (ULONG)status);
    if (status >= 0)
        Answer(order, block.Information);
    return status >= 0 ? file : 0;
}

/* Reads eight bytes, and answers with the status and those. */
static void Read(ORDER *order, PVOID file, long long *offset)
{
    IO_STATUS_BLOCK block = {0};
    ULONG64 number = 0;

    Answer(order, (ULONG)ZwReadFile(file, 0, 0, 0, &block, &number, sizeof(number), offset, 0));
    Answer(order, number);
}

static void Disk(ORDER *order)
{
    IO_STATUS_BLOCK block = {0};
    ULONG64 number = 7, position = 0;
    PVOID file = Open(order, L"\\SystemRoot\\Temp\\keeper", FILE_OPEN_IF);

    if (!file)
        return;
    ZwWriteFile(file, 0, 0, 0, &block, &number, sizeof(number), 0, 0);
    Answer(order, block.Information);
    /* It is at the end of the file, and then at the beginning. */
    Read(order, file, 0);
    ZwSetInformationFile(file, &block, &position, sizeof(position), FilePositionInformation);
    Read(order, file, 0);
    ZwQueryInformationFile(file, &block, &position, sizeof(position), FilePositionInformation);
    Answer(order, position);
    /* It is longer by nothing. */
    position = 16;
    ZwSetInformationFile(file, &block, &position, sizeof(position), FileEndOfFileInformation);
    position = 8;
    Read(order, file, (long long *)&position);
    Answer(order, (ULONG)ZwClose(file));
    Answer(order, (ULONG)ZwReadFile(file, 0, 0, 0, &block, &number, sizeof(number), 0, 0));
}

/* How a file is not opened. */
static void Refused(ORDER *order)
{
    PVOID file = Open(order, L"\\??\\C:\\Windows\\Temp\\keeper.txt", FILE_CREATE);

    /* What writes to it shares it with no other that does. */
    Open(order, L"\\SystemRoot\\TEMP\\KEEPER.TXT", FILE_OPEN);
    ZwClose(file);
    Open(order, L"\\SystemRoot\\Temp\\keeper.txt", FILE_CREATE);
    Open(order, L"\\SystemRoot\\Temp\\other.txt", FILE_OVERWRITE);
    Open(order, L"\\SystemRoot\\Temp", FILE_OPEN_IF);
    Open(order, L"\\SystemRoot\\Nowhere\\keeper.txt", FILE_OPEN_IF);
    Open(order, L"keeper.txt", FILE_OPEN_IF);
    Kept = Open(order, L"\\SystemRoot\\Temp\\keeper.txt", FILE_OVERWRITE);
    if (Kept)
        ZwClose(Kept);
}

static void Reopened(ORDER *order)
{
    UNICODE_STRING path;
    OBJECT_ATTRIBUTES attributes = {sizeof(attributes), 0, &path, OBJ_KERNEL_HANDLE, 0, 0};
    IO_STATUS_BLOCK block = {0};
    PVOID file = 0;

    RtlInitUnicodeString(&path, L"\\SystemRoot\\Temp\\keeper");
    Answer(order, (ULONG)ZwOpenFile(&file, SYNCHRONIZE | GENERIC_READ, &attributes, &block, 0,
                                    FILE_SYNCHRONOUS_IO_NONALERT));
    if (!file)
        return;
    Read(order, file, 0);
    ZwClose(file);
}

static NOINLINE void KeepOpen(ORDER *order)
{
    Kept = Open(order, L"\\SystemRoot\\Temp\\kept", FILE_OPEN_IF);
}

static void Text(ORDER *order)
{
    WCHAR buffer[8], copy[4];
    UNICODE_STRING to = {0, sizeof(buffer), buffer}, from;

    RtlInitUnicodeString(&from, L"keep");
    Answer(order, (ULONG)RtlAppendUnicodeStringToString(&to, &from));
    Answer(order, (ULONG)RtlAppendUnicodeToString(&to, L"er"));
    Answer(order, to.Length);
    Answer(order, buffer[5] == L'r' && buffer[6] == 0);
    /* There is room for two more. */
    Answer(order, (ULONG)RtlAppendUnicodeStringToString(&to, &from));
    Answer(order, (ULONG)RtlAppendUnicodeToString(&to, L"s."));
    Answer(order, to.Length);
    Answer(order, (ULONG)wcscpy_s(copy, 4, L"ab"));
    Answer(order, (ULONG)wcscat_s(copy, 4, L"c"));
    Answer(order, copy[2] == L'c' && copy[3] == 0);
    Answer(order, (ULONG)wcscat_s(copy, 4, L"d"));
    Answer(order, copy[0]);
    Answer(order, (ULONG)wcscpy_s(copy, 4, 0));
}

BOOLEAN Disks(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_DISK:
        Disk(order);
        break;
    case IOCTL_REOPENED:
        Reopened(order);
        break;
    case IOCTL_REFUSED:
        Refused(order);
        break;
    case IOCTL_KEEP_OPEN:
        KeepOpen(order);
        break;
    case IOCTL_TEXT:
        Text(order);
        break;
    default:
        return 0;
    }
    return 1;
}
