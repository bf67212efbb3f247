package org.lsuv.onnx.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds .npy files byte by byte, independently of the code under test. */
final class NpyBytes {
    private NpyBytes() {}

    static byte[] of(int major, String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) major, 0});
        out.write(text.length);
        out.write(text.length >> 8);
        if (major > 1) {
            out.write(text.length >> 16);
            out.write(text.length >> 24);
        }
        out.writeBytes(text);
        out.writeBytes(data);
        return out.toByteArray();
    }

    static byte[] of(String descr, boolean fortran, String shape, byte[] data) {
        String order = fortran ? "True" : "False";
        return of(
                1, "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }     \n", data);
    }

    static byte[] floats(String shape, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return of("<f4", false, shape, data.array());
    }

    static Path write(Path folder, String name, byte[] bytes) throws Exception {
        return Files.write(folder.resolve(name), bytes);
    }
}
