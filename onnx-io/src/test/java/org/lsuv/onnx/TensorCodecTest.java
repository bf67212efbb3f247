package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorCodecTest {
    private static OnnxTensor decode(TensorProto.Builder tensor) {
        return TensorCodec.decode(tensor.build(), new ExternalData(null, Map.of()));
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {"UINT8", "INT8", "UINT16", "INT16", "INT32", "BOOL"})
    void smallIntegersLieInInt32Data(OnnxType type) {
        OnnxTensor tensor =
                decode(TestModel.tensor("t", type, 2).addInt32Data(0).addInt32Data(1));
        assertThat(tensor.toLongs()).containsExactly(0, 1);
        assertThat(tensor.byteCount()).isEqualTo(2L * type.bits() / 8);
    }

    @Test
    void integersKeepTheirSigns() {
        assertThat(decode(TestModel.tensor("t", OnnxType.INT8, 1).addInt32Data(-3))
                        .toLongs())
                .containsExactly(-3);
        assertThat(decode(TestModel.tensor("t", OnnxType.UINT8, 1).addInt32Data(253))
                        .toLongs())
                .containsExactly(253);
        assertThat(decode(TestModel.tensor("t", OnnxType.UINT16, 1).addInt32Data(65535))
                        .toLongs())
                .containsExactly(65535);
        assertThat(decode(TestModel.tensor("t", OnnxType.INT64, 1).addInt64Data(Long.MIN_VALUE))
                        .toLongs())
                .containsExactly(Long.MIN_VALUE);
        assertThat(decode(TestModel.tensor("t", OnnxType.UINT32, 1).addUint64Data(4294967295L))
                        .toLongs())
                .containsExactly(4294967295L);
        assertThat(decode(TestModel.tensor("t", OnnxType.UINT64, 1).addUint64Data(-1))
                        .toDoubles())
                .containsExactly(0x1p64);
    }

    @Test
    void complexNumbersTakeTwoValuesEach() {
        OnnxTensor tensor = decode(
                TestModel.tensor("t", OnnxType.COMPLEX64, 1).addFloatData(1).addFloatData(2));
        assertThat(tensor.byteCount()).isEqualTo(8);
    }

    @Test
    void fourBitValuesArePackedTwoToAByte() {
        OnnxTensor tensor = decode(
                TestModel.tensor("t", OnnxType.UINT4, 3).addInt32Data(0x21).addInt32Data(0x03));
        assertThat(tensor.elementCount()).isEqualTo(3);
        assertThat(tensor.byteCount()).isEqualTo(2);
        assertThat(tensor.chunks().get(0).get(0)).isEqualTo((byte) 0x21);
        assertThat(decode(TestModel.tensor("t", OnnxType.INT4, 3).setRawData(ByteString.copyFrom(new byte[] {1, 2})))
                        .byteCount())
                .isEqualTo(2);
    }

    @Test
    void stringsAreUtf8() {
        OnnxTensor tensor = decode(TestModel.tensor("t", OnnxType.STRING, 2)
                .addStringData(ByteString.copyFromUtf8("é"))
                .addStringData(ByteString.EMPTY));
        assertThat(tensor.strings()).containsExactly("é", "");
    }

    @ParameterizedTest
    @EnumSource(OnnxType.class)
    void rawBytesOfEveryTypeSurviveTheRoundTrip(OnnxType type) {
        if (type.bits() == 0) {
            return;
        }
        byte[] bytes = new byte[(int) type.byteCount(2)];
        bytes[0] = 1;
        OnnxTensor tensor = OnnxTensor.of("t", type, new long[] {2}, List.of(ByteBuffer.wrap(bytes)));
        TensorProto encoded = TensorCodec.encode(tensor);
        assertThat(encoded.getRawData().toByteArray()).isEqualTo(bytes);
        assertThat(decode(encoded.toBuilder()).chunks()).isEqualTo(tensor.chunks());
    }
}
