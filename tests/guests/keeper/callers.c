/* What a program gives with its requests: names, and buffers at its own addresses. */

#include "keeper.h"

#define WdfRequestRetrieveUnsafeUserInputBuffer WDF(273, NTSTATUS, WDFREQUEST, SIZE_T, PVOID *, SIZE_T *)
#define WdfRequestRetrieveUnsafeUserOutputBuffer WDF(274, NTSTATUS, WDFREQUEST, SIZE_T, PVOID *, SIZE_T *)
#define WdfRequestProbeAndLockUserBufferForRead WDF(278, NTSTATUS, WDFREQUEST, PVOID, SIZE_T, WDFOBJECT *)
#define WdfRequestProbeAndLockUserBufferForWrite WDF(279, NTSTATUS, WDFREQUEST, PVOID, SIZE_T, WDFOBJECT *)
#define WdfRequestGetFileObject WDF(277, WDFFILEOBJECT, WDFREQUEST)
#define WdfFileObjectGetFileName WDF(137, UNICODE_STRING *, WDFFILEOBJECT)

/* What EvtIoInCallerContext leaves for the queue's callback; there is one such request at a time. */
static WDFOBJECT Input, Output;

/* In the program's context: locks the buffers of a request that transfers by METHOD_NEITHER. */
NTSTATUS LockCaller(WDFREQUEST request)
{
    WDF_REQUEST_PARAMETERS found = {.Size = sizeof(found)};
    PVOID input, output;
    SIZE_T length;
    NTSTATUS status;

    CALL(WdfRequestGetParameters, request, &found);
    if (found.Type != 0xE || (found.IoControlCode & 3) != 3)
        return STATUS_SUCCESS;
    status = CALL(WdfRequestRetrieveUnsafeUserInputBuffer, request, 8, &input, &length);
    if (status < 0)
        return status;
    if (found.IoControlCode == IOCTL_TOUCH)
        return *(volatile NTSTATUS *)input;
    if (input != found.Type3InputBuffer)
        return STATUS_UNSUCCESSFUL;
    status = CALL(WdfRequestProbeAndLockUserBufferForRead, request, input, length, &Input);
    if (status >= 0)
        status = CALL(WdfRequestRetrieveUnsafeUserOutputBuffer, request, 8, &output, &length);
    /* Not more than the program has. */
    if (status >= 0 && CALL(WdfRequestProbeAndLockUserBufferForWrite, request, output, length + 1, &Output) >= 0)
        status = STATUS_UNSUCCESSFUL;
    if (status >= 0)
        status = CALL(WdfRequestProbeAndLockUserBufferForWrite, request, output, length, &Output);
    return status;
}

/* Anywhere: the buffers that were locked. */
BOOLEAN ServeCaller(WDFREQUEST request, ULONG code)
{
    ULONG64 *input, *output;

    if (code == IOCTL_UNWRITTEN) {
        Complete(request, STATUS_SUCCESS, 1);
        return 1;
    }
    if (code != IOCTL_NEITHER)
        return 0;
    input = CALL(WdfMemoryGetBuffer, Input, 0);
    output = CALL(WdfMemoryGetBuffer, Output, 0);
    *output = *input + 1;
    Complete(request, STATUS_SUCCESS, 1);
    return 1;
}

static NOINLINE void UnsafeLate(ORDER *order)
{
    PVOID input;

    Answer(order, (ULONG)CALL(WdfRequestRetrieveUnsafeUserInputBuffer, order->Request, 0, &input, 0)); /* breaks: wdf-verifier */
}

static void FileName(ORDER *order)
{
    UNICODE_STRING *name = CALL(WdfFileObjectGetFileName, CALL(WdfRequestGetFileObject, order->Request));

    Answer(order, name->Length);
    for (ULONG at = 0; at < name->Length / sizeof(WCHAR); at++)
        Answer(order, name->Buffer[at]);
}

/* Reads: the parameters of the request, each in eight bytes. */
void EvtRead(WDFQUEUE queue, WDFREQUEST request, SIZE_T length)
{
    WDF_REQUEST_PARAMETERS found = {.Size = sizeof(found)};
    ULONG64 *output;
    NTSTATUS status;

    (void)queue;
    (void)length;
    CALL(WdfRequestGetParameters, request, &found);
    status = CALL(WdfRequestRetrieveOutputBuffer, request, 32, (PVOID *)&output, 0);
    if (status >= 0)
        memcpy(output, (ULONG64 *)&found + 1, 32);
    Complete(request, status, 4);
}

BOOLEAN Callers(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_UNSAFE_LATE:
        UnsafeLate(order);
        break;
    case IOCTL_FILE_NAME:
        FileName(order);
        break;
    default:
        return 0;
    }
    return 1;
}
