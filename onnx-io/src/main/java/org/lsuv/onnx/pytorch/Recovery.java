package org.lsuv.onnx.pytorch;

/** Lists how a parameter got its name. */
public enum Recovery {
    /** The tensor has it in the model. */
    KEPT("kept"),
    /** A bias that has kept its name is added to the product with the weight. */
    BIAS("bias"),
    /** The node that reads the tensor names the module that it came from, which does nothing else. */
    SCOPE("scope"),
    /** Likewise, and the tensor holds a convolution with the batch normalisation that followed it. */
    FOLDED_BATCH_NORM("folded-batch-norm"),
    /** The gates of a recurrent operator, in the module's order. */
    RECURRENT("recurrent"),
    /** The projections of a {@code MultiheadAttention} beside its named {@code out_proj}. */
    ATTENTION("attention"),
    /** The module reads a tensor that has the name of another module's: one parameter with two names. */
    TIED("tied");

    private final String label;

    Recovery(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }
}
