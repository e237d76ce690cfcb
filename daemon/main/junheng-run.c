// SPDX-License-Identifier: Apache-2.0
#include "base/exit.h"

int main(void)
{
    return EX_UNAVAILABLE;
}
