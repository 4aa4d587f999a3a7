/* A stand-in for the library of this name, which Wine 8 lacks and Rust's hash maps take their seeds from. For tests only:
   its numbers are always the same. */
__declspec(dllexport) int ProcessPrng(unsigned char *buffer, unsigned long long length) {
    static unsigned long long state = 88172645463325252ULL;
    for (unsigned long long index = 0; index < length; index++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        buffer[index] = (unsigned char)state;
    }
    return 1;
}
