package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;

class NpyHeaderTest {
    private static final String TYPES = "; expected float16 to float64, an integer of 8 to 64 bits, or bool";
    private static final String MALFORMED = "has an .npy header that is malformed at character ";

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "[('a', '<f4'), ('b', '<i8')] | holds a structured array; expected plain numbers: save each field as an"
                        + " array of its own",
                "'#O' | holds elements of NumPy type '#O'" + TYPES,
                "'<U12' | holds elements of NumPy type '<U12'" + TYPES,
                "'<c8' | holds elements of NumPy type '<c8'" + TYPES,
                "'<M8[ns]' | holds elements of NumPy type '<M8[ns]'" + TYPES,
                "'f4' | holds elements of NumPy type 'f4'" + TYPES,
                "'' | holds elements of NumPy type ''" + TYPES,
                "__import__('os') | " + MALFORMED + "10: expected a quoted string, found \"__import__('os'),"
                        + " 'fortran_order': False…\"",
                "'<f\\x34' | " + MALFORMED
                        + "10: expected a string without escapes, found \"'<f\\x34', 'fortran_order':"
                        + " False, 'shape…\"",
            })
    void elementTypesOtherThanNumbersAreErrors(String descr, String message) {
        String header = "{'descr': " + descr.replace('#', '|') + ", 'fortran_order': False, 'shape': (1,), }";
        assertFails(NpyBytes.of(1, header, new byte[4]), message.replace('#', '|'));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "(-1, 4) | has an .npy header with the negative dimension -1",
                "(99999999999999999999,) | has an .npy header with the dimension 99999999999999999999, which overflows 64"
                        + " bits",
                "(4611686018427387904, 4) | has shape [4611686018427387904, 4], which overflows a 64-bit byte count",
                "(4611686018427387904,) | has shape [4611686018427387904], which overflows a 64-bit byte count",
                "(1000000000000,) | holds float32[1000000000000]: expected 4000000000000 bytes of data, found 8; the file"
                        + " was cut short",
                "(3,) | holds float32[3]: expected 12 bytes of data, found 8; the file was cut short",
                "(1,) | holds float32[1]: expected 4 bytes of data, found 8",
                "(2) | " + MALFORMED + "52: expected \",\", found \")}\"",
                "[2] | " + MALFORMED + "50: expected \"(\", found \"[2]}\"",
                "(2.0,) | " + MALFORMED + "52: expected \",\", found \".0,)}\"",
                "(,) | " + MALFORMED + "51: expected a dimension, found \",)}\"",
                "None | " + MALFORMED + "50: expected \"(\", found \"None}\"",
            })
    void shapesThatCannotBeAreErrors(String shape, String message) {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}";
        assertFails(NpyBytes.of(1, header, new byte[8]), message);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "`` | " + MALFORMED + "0: expected \"{\", found the end",
                "{} | has an .npy header without the key 'descr'",
                "{'descr': '<f4', 'shape': ()} | has an .npy header without the key 'fortran_order'",
                "{'descr': '<f4', 'fortran_order': False} | has an .npy header without the key 'shape'",
                "{'descr': '<f4', 'descr': '<f8'} | has an .npy header with the key 'descr' twice",
                "{'evil': 1} | has an .npy header with the unknown key 'evil'; expected 'descr', 'fortran_order' and"
                        + " 'shape'",
                "{'descr' '<f4'} | " + MALFORMED + "9: expected \":\", found \"'<f4'}\"",
                "{'descr: } | " + MALFORMED + "1: expected a quoted string that ends, found \"'descr: }\"",
                "{'fortran_order': 1} | " + MALFORMED + "18: expected True or False, found \"1}\"",
                "{'shape': ()} exit() | " + MALFORMED + "14: expected nothing after the dictionary, found \"exit()\"",
            })
    void dictionariesOtherThanNumpyWritesAreErrors(String header, String message) {
        assertFails(NpyBytes.of(1, header, new byte[4]), message);
    }

    @Test
    void longDeclaredHeaderIsNotAllocated() {
        byte[] file = NpyBytes.of(2, "{}", new byte[0]);
        Arrays.fill(file, 8, 12, (byte) 0xff);
        assertFails(file, "has an .npy header of 4294967295 bytes; expected at most 1048576");
    }

    @Test
    void fileCutInsideTheHeaderIsAnError() {
        byte[] file = NpyBytes.of("<f4", false, "(1,)", new byte[4]);
        assertFails(Arrays.copyOf(file, 40), "ends after 40 bytes, inside the .npy header");
        assertFails(Arrays.copyOf(file, 9), "ends after 9 bytes, inside the .npy header");
        assertFails(
                Arrays.copyOf(file, 7), "is not an .npy file: expected it to start with the bytes 93 4E 55 4D 50 59");
    }

    @Test
    void unknownVersionIsAnError() {
        assertFails(NpyBytes.of(4, "{}", new byte[0]), "has version 4.0 of the .npy format; expected 1.0, 2.0 or 3.0");
    }

    @Test
    void controlCharactersOfAHostileHeaderDoNotReachTheScreen() {
        assertFails(
                NpyBytes.of(1, "{'\u001b[2J': 1}", new byte[0]),
                "has an .npy header with the unknown key '?[2J'; expected 'descr', 'fortran_order' and 'shape'");
    }

    private static void assertFails(byte[] file, String message) {
        assertThatThrownBy(() -> NpyHeader.read(new ByteArrayInputStream(file), file.length))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(message);
    }
}
