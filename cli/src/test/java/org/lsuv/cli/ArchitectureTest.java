package org.lsuv.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The rules of the design that a compiler does not know. */
@AnalyzeClasses(packages = "org.lsuv", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule onnxNeverSeesTensorFlow = noClasses()
            .that()
            .resideInAPackage("org.lsuv.onnx..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tensorflow..", "org.lsuv.tf..", "org.lsuv.cli..");

    @ArchTest
    static final ArchRule tensorFlowNeverSeesTheCommandLine = noClasses()
            .that()
            .resideInAPackage("org.lsuv.tf..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.lsuv.cli..", "picocli..", "com.google.gson..");

    @ArchTest
    static final ArchRule commandLineNeverSeesTheEngines = noClasses()
            .that()
            .resideInAPackage("org.lsuv.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.tensorflow..", "ai.onnxruntime..", "ai.onnx..", "com.google.protobuf..");

    @ArchTest
    static final ArchRule onnxMessagesStayInOnePackage = noClasses()
            .that()
            .resideOutsideOfPackage("org.lsuv.onnx")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.onnx.proto..");

    @ArchTest
    static final ArchRule onnxMessagesAreInNoPublicSignature = classes()
            .that()
            .resideInAPackage("org.lsuv.onnx..")
            .and()
            .arePublic()
            .should(new ArchCondition<>("have no ONNX message in a public signature") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    type.getMembers().stream()
                            .filter(ArchitectureTest::isVisible)
                            .flatMap(ArchitectureTest::signature)
                            .filter(used -> used.getPackageName().startsWith("ai.onnx.proto"))
                            .forEach(used -> events.add(
                                    SimpleConditionEvent.violated(type, type.getName() + " shows " + used.getName())));
                }
            });

    private static boolean isVisible(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaClass> signature(JavaMember member) {
        return member instanceof JavaCodeUnit unit
                ? Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
                : Stream.of(((JavaField) member).getRawType());
    }

    @ArchTest
    static final ArchRule onlyMainTouchesTheStandardStreams = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.lsuv.cli.Main")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.io.FileDescriptor");

    /** Tables of operators and what they plug into are one unit in several packages. */
    private static final SliceAssignment UNITS = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getPackageName();
            int ops = name.indexOf(".ops");
            return SliceIdentifier.of(ops < 0 ? name : name.substring(0, ops));
        }

        @Override
        public String getDescription() {
            return "packages, operators with their importer";
        }
    };

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().assignedFrom(UNITS).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule namesSayWhatAClassIs = noClasses()
            .should()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager");

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes()
            .should(new ArchCondition<>("be in a package marked @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    if (type.getPackage()
                            .tryGetAnnotationOfType(NullMarked.class)
                            .isEmpty()) {
                        events.add(SimpleConditionEvent.violated(
                                type, type.getPackageName() + " has no @NullMarked package-info"));
                    }
                }
            });
}
