/* What Microsoft's libraries bring into a driver is the same for all guests in C. */
#include "../classic/stub.c"
