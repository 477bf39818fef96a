import { z } from "zod";

/** The fields that a schema knows at a place of a value, also where there are several forms of it. */
export function knownFieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [next, ...rest] = path;
  const forms = formsOf(schema);
  if (next === undefined) return forms.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
  return forms.flatMap((form) => {
    const part = partOf(form, next);
    return part === undefined ? [] : knownFieldsAt(part, rest);
  });
}

function partOf(form: z.core.$ZodType, name: PropertyKey): z.core.$ZodType | undefined {
  if (form instanceof z.ZodObject) return (form.shape as Record<PropertyKey, z.core.$ZodType | undefined>)[name];
  if (form instanceof z.ZodArray) return form.element;
  return form instanceof z.ZodRecord ? form.valueType : undefined;
}

/** Without what may be around a schema: absent, null, a default, a transformation, one of several. */
function formsOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(formsOf);
  if (schema instanceof z.ZodPipe) return formsOf(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return formsOf(schema.unwrap());
  }
  return [schema];
}
