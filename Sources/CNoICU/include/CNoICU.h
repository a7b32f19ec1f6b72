#pragma once

// Nothing for Swift: this target only gives the linker symbols, see CNoICU.c.
