package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.diagnose.DiagnosisReport;

class LayerHistogramsTest {
    private static Diagnosed model;
    private static DiagnosisReport before;
    private static DiagnosisReport after;

    @BeforeAll
    static void diagnose() {
        model = Diagnosed.model("dead-layer.onnx")
                .with(DiagnoseOptions.defaults().with(DiagnoseOptions.Histograms.COUNT));
        before = model.asItIs();
        after = model.afterLsuv();
    }

    @Test
    void everyLayerShowsItsValuesBeforeAndAfter() {
        Page page =
                Page.of(model.page(List.of(new LabelledRun("before", before), new LabelledRun("after LSUV", after))));

        assertThat(page.elements("//section[@id='layers']//tbody//details"))
                .hasSize(after.layers().size());
        assertThat(page.elements("//details[@class='histogram']//*[local-name()='svg']"))
                .hasSize(after.layers().size() + after.activations().size());
        assertThat(page.attributes("//details[@class='histogram']//@aria-label"))
                .allMatch(label -> label.startsWith("Histogram of "))
                .doesNotHaveDuplicates();
        assertThat(page.elements("//details[@class='histogram']//*[local-name()='path'][@class='line']"))
                .hasSize(2 * (after.layers().size() + after.activations().size()));
    }

    @Test
    void aThousandLayersStayBelowThreeMegabytes() {
        DiagnosisReport many = Reports.layers(after, 1000);
        Page page = Page.of(model.page(List.of(new LabelledRun("before", many), new LabelledRun("after LSUV", many))));

        assertThat(page.elements("//details[@class='histogram']")).hasSize(1000);
        assertThat(page.html()).hasSizeLessThan(3 << 20);
    }

    @Test
    void nothingIsShownOfWhatWasNotCounted() {
        Page page = Page.of(Diagnosed.model("dead-layer.onnx").page());

        assertThat(page.elements("//details[@class='histogram']")).isEmpty();
    }
}
