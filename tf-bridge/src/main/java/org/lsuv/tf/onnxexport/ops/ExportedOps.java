package org.lsuv.tf.onnxexport.ops;

import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Lists the families of operations: the table of contents of the exporter. */
public final class ExportedOps {
    private ExportedOps() {}

    /** Creates the registry of everything that is supported. */
    public static TfOpRegistry registry() {
        TfOpRegistry ops = new TfOpRegistry();
        PassingOps.addTo(ops);
        ElementwiseOps.addTo(ops);
        BitOps.addTo(ops);
        ActivationOps.addTo(ops);
        ConvOps.addTo(ops);
        TransposedConvOps.addTo(ops);
        SpaceBatchOps.addTo(ops);
        PoolOps.addTo(ops);
        PatchOps.addTo(ops);
        MatrixOps.addTo(ops);
        DiagonalOps.addTo(ops);
        NormalizationOps.addTo(ops);
        FusedOps.addTo(ops);
        ReductionOps.addTo(ops);
        ShapeOps.addTo(ops);
        JoiningOps.addTo(ops);
        SliceOps.addTo(ops);
        IndexingOps.addTo(ops);
        FillingOps.addTo(ops);
        PadOps.addTo(ops);
        ImageOps.addTo(ops);
        SelectionOps.addTo(ops);
        ops.add("CombinedNonMaxSuppression", CombinedSuppression::convert);
        SegmentOps.addTo(ops);
        CountingOps.addTo(ops);
        MovingOps.addTo(ops);
        FakeQuantOps.addTo(ops);
        RandomOps.addTo(ops);
        ControlFlowOps.addTo(ops);
        return ops;
    }
}
