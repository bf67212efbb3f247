package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Lists the families of operators: the table of contents of the importer. */
public final class StandardOps {
    private StandardOps() {}

    /** Creates the registry of everything that is supported. */
    public static OpRegistry registry() {
        OpRegistry.Table onnx = new OpRegistry.Table("");
        ElementwiseOps.addTo(onnx);
        ActivationOps.addTo(onnx);
        SoftmaxOps.addTo(onnx);
        ReductionOps.addTo(onnx);
        MatrixOps.addTo(onnx);
        ConvOps.addTo(onnx);
        PoolOps.addTo(onnx);
        NormalizationOps.addTo(onnx);
        ResizeOps.addTo(onnx);
        ShapeOps.addTo(onnx);
        IndexingOps.addTo(onnx);
        ConstantOps.addTo(onnx);
        ControlFlowOps.addTo(onnx);
        SequenceOps.addTo(onnx);
        return OpRegistry.of(onnx);
    }
}
