package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.attention.AttentionOps;
import org.lsuv.tf.onnximport.ops.flow.ControlFlowOps;
import org.lsuv.tf.onnximport.ops.flow.SequenceOps;
import org.lsuv.tf.onnximport.ops.image.DetectionOps;
import org.lsuv.tf.onnximport.ops.image.ResizeOps;
import org.lsuv.tf.onnximport.ops.image.SamplingOps;
import org.lsuv.tf.onnximport.ops.microsoft.MicrosoftOps;
import org.lsuv.tf.onnximport.ops.ml.MlOps;
import org.lsuv.tf.onnximport.ops.quantized.MicrosoftQuantizeOps;
import org.lsuv.tf.onnximport.ops.quantized.QLinearOps;
import org.lsuv.tf.onnximport.ops.quantized.QuantizeOps;
import org.lsuv.tf.onnximport.ops.recurrent.RecurrentOps;

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
        SamplingOps.addTo(onnx);
        DetectionOps.addTo(onnx);
        SignalOps.addTo(onnx);
        PlacementOps.addTo(onnx);
        LegacyOps.addTo(onnx);
        ConstantOps.addTo(onnx);
        RecurrentOps.addTo(onnx);
        AttentionOps.addTo(onnx);
        LossOps.addTo(onnx);
        RandomOps.addTo(onnx);
        StringOps.addTo(onnx);
        QuantizeOps.addTo(onnx);
        QLinearOps.addTo(onnx);
        ControlFlowOps.addTo(onnx);
        SequenceOps.addTo(onnx);
        OpRegistry.Table preview = new OpRegistry.Table("ai.onnx.preview");
        AttentionOps.addPreviewTo(preview);
        OpRegistry.Table training = new OpRegistry.Table("ai.onnx.preview.training");
        OptimizerOps.addTo(training);
        OpRegistry.Table microsoft = new OpRegistry.Table("com.microsoft");
        MicrosoftOps.addTo(microsoft);
        MicrosoftQuantizeOps.addTo(microsoft);
        OpRegistry.Table ml = new OpRegistry.Table("ai.onnx.ml");
        MlOps.addTo(ml);
        return OpRegistry.of(onnx, preview, training, microsoft, ml);
    }
}
