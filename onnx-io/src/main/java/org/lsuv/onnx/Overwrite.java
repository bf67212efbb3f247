package org.lsuv.onnx;

/** Says what becomes of an output file that exists already. */
public enum Overwrite {
    /** Leave it and fail. */
    REFUSE,
    /** Replace it. */
    REPLACE
}
