// Layers of maps in blocks of 16 channels: samples, channels / 16, height, width, 16.
//
// In C because each function is compiled for several instruction sets, or for one that not every
// processor has, and which is taken is decided when the program runs. Swift cannot do that.
//
// All is aligned to 64 bytes. No two arrays may overlap.
#pragma once
#include "convolution.h"
#include "normalization.h"
#include "pooling.h"
